import type { Effect, Finding } from '@reeve/contracts';

/** What is known of an action when the origin of its values is asked. */
interface FlowFacts {
  readonly workspace: string;
  readonly agent: string;
  readonly run: string;
  /** `server.tool` or a model. */
  readonly target: string;
  readonly effect: Effect;
  readonly atMs: number;
}

/** Where did a value come from, and where may it go? */
export interface FlowTracker {
  /** What the run has taken in so far. */
  labels(run: string): readonly string[];
  assess(facts: FlowFacts): readonly Finding[];
}

const NOTHING: readonly never[] = [];

/** Tracks nothing and says nothing: a run without labels has not been found clean. */
export const noFlows: FlowTracker = {
  labels: () => NOTHING,
  assess: () => NOTHING,
};
