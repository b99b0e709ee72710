/** Runs and what happened in them: find or begin a run, record each action, answer what people ask about both. */
export type { ActionRecord, DecidedRecord, EndedRecord } from './action-record.ts';
export { ActionRecords, type Unfinished } from './action-records.ts';
export type { RunRef } from './run.ts';
export { type RunRequest, Runs } from './runs.ts';
export type {
  ActionFilter,
  CostKey,
  CostRow,
  Page,
  PageRequest,
  RunFilter,
  RunSummary,
  RunTotals,
} from './trace-store.ts';
export { type RunTree, type ShownRun, Traces } from './traces.ts';
