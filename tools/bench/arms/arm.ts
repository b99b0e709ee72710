import type { PinnedProcess } from '../process/pinned-process.ts';
import type { Target } from '../wire/target.ts';

export const ARM_NAMES = ['direct', 'bare', 'portkey', 'litellm', 'bifrost', 'reeve', 'reeve-guarded'] as const;
export type ArmName = (typeof ARM_NAMES)[number];

/** One way from the load generator to the mock upstream. */
export interface Arm {
  readonly name: ArmName;
  readonly title: string;
  /** Installs what it needs and starts it. Throws Unavailable where this machine cannot. */
  start(upstream: Upstream): Promise<RunningArm>;
}

export interface Upstream {
  readonly port: number;
}

export interface RunningArm {
  readonly name: ArmName;
  readonly title: string;
  /** A chat completion, not streamed. */
  readonly chat: Target;
  /** The process on the gateway's core; the direct arm has none. */
  readonly process: PinnedProcess | undefined;
  stop(): Promise<void>;
}
