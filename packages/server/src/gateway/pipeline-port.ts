import type { CompletedAction, ProposedAction } from './action.ts';

/** What a front sees of the pipeline. Never rejects: whatever goes wrong is an outcome. */
export interface Pipeline {
  run(action: ProposedAction): Promise<CompletedAction>;
}
