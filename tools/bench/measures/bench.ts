import type { Upstream } from '../arms/arm.ts';
import type { LoadGenerator } from '../load/load-generator.ts';
import type { Plan } from '../plan.ts';

/** What every measure is given. */
export interface Bench {
  readonly load: LoadGenerator;
  readonly upstream: Upstream;
  readonly plan: Plan;
  /** Tells people what is going on. */
  readonly say: (text: string) => void;
}
