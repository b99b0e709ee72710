import { test } from 'vitest';
import { FAILURES } from './failure-table.ts';

/** The test of one row of the failure table. */
export function prove(id: string, body: () => Promise<void>): void {
  const row = FAILURES.find((failure) => failure.id === id);
  if (row === undefined) throw new Error(`${id} is not in the failure table`);
  test(`${id}: ${row.failure}`, { timeout: 60_000 }, body);
}
