/** Runs and what happened in them: find or begin a run, record each action, answer what people ask about both. */
export { ActionHistory } from './action-history.ts';
export type { ActionRecord, DecidedRecord, EndedRecord } from './action-record.ts';
export { ActionRecords } from './action-records.ts';
export type { JoinedBy } from './joined-by.ts';
export type { ReplayWindow } from './replay-store.ts';
export type { RunRef } from './run.ts';
export { RunJoiner } from './run-joining.ts';
export type { Thread } from './run-joining-thread.ts';
export { Runs } from './runs.ts';
export type { RunTotals } from './sum-store.ts';
export type { RunSummary } from './trace-store.ts';
export { type RunTree, Traces } from './traces.ts';
