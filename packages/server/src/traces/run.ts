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
