import type { RunId } from '@reeve/contracts';

/** One execution of a task by an agent. Runs nest across agents: `root` is the same for a whole lineage. */
export interface RunRef {
  readonly id: RunId;
  /** The name the caller gave it, unique within its agent; else the id. What replies say. */
  readonly name: string;
  readonly parent: RunId | undefined;
  readonly root: RunId;
  readonly startedAtMs: number;
}

/** A run as stored. */
export interface Run extends RunRef {
  readonly workspace: string;
  readonly agent: string;
  readonly agentId: string | undefined;
  /** Its own id first, then its ancestors, the root last. */
  readonly lineage: readonly RunId[];
  /** Set where the run was joined by this trace id rather than by a name. */
  readonly traceId: string | undefined;
  readonly feature: string | undefined;
  readonly user: string | undefined;
  readonly session: string | undefined;
}

export const RUN_NAME = /^[A-Za-z0-9_-]{1,64}$/;
export const MAX_LINEAGE = 32;
