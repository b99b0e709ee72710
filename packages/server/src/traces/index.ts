/** Runs and what happened in them: ingest, store, query. */
export type { ActionEnd, ActionRecord } from './action-record.ts';
export { ActionStatements } from './action-store.ts';
export type { RunRef } from './run.ts';
export { Runs } from './runs.ts';
