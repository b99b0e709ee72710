/** Runs and what happened in them: ingest, store, query. */
export type { RunRef } from './run.ts';
