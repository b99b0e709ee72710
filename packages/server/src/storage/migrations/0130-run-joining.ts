import type { Migration } from '../storage.ts';

export const runJoiningMigration: Migration = {
  name: '0130-run-joining',
  // Null where the caller named the run, or the action began one.
  statements: () => ['ALTER TABLE trace_action ADD COLUMN joined_by TEXT'],
};
