import type { Statement, Storage } from '../storage/index.ts';

const INSERT_ENTRY = 'INSERT INTO ledger_entry (entry) VALUES (?)';
const READ_ENTRIES = 'SELECT id, entry FROM ledger_entry WHERE id > ? ORDER BY id LIMIT ?';
// Two subqueries, as SQLite scans the table for two aggregates in one.
const READ_BOUNDS = 'SELECT (SELECT MIN(id) FROM ledger_entry) AS first, (SELECT MAX(id) FROM ledger_entry) AS last';
const READ_HEAD = 'SELECT size FROM ledger_head WHERE id = 1';
const RAISE_HEAD = 'UPDATE ledger_head SET size = ? WHERE id = 1 AND size <= ?';
// The last one stays: ids go on from it.
const PURGE_ENTRIES = 'DELETE FROM ledger_entry WHERE id <= ? AND id < (SELECT MAX(id) FROM ledger_entry)';

/**
 * For statements written along with entries: SQL that yields the index of the last entry of the same unit, e.g.
 * `UPDATE run SET entry = ${ENTRY_INDEX_SQL} WHERE id = ?`.
 */
export const ENTRY_INDEX_SQL = '((SELECT MAX(id) FROM ledger_entry) - 1)';

export interface StoredEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export function insertEntry(entry: string): Statement {
  return { sql: INSERT_ENTRY, params: [entry] };
}

export async function readEntries(storage: Storage, fromIndex: number, limit: number): Promise<StoredEntry[]> {
  const rows = await storage.read<{ id: number; entry: string }>(READ_ENTRIES, [fromIndex, limit]);
  return rows.map((row) => ({ index: row.id - 1, bytes: Buffer.from(row.entry, 'utf8') }));
}

/** Indexes of the oldest and newest entry that the table still has. */
export async function readBounds(storage: Storage): Promise<{ first: number; last: number } | undefined> {
  const [row] = await storage.read<{ first: number | null; last: number | null }>(READ_BOUNDS);
  return row?.first == null || row.last === null ? undefined : { first: row.first - 1, last: row.last - 1 };
}

export async function readHead(storage: Storage): Promise<number> {
  const [row] = await storage.read<{ size: number }>(READ_HEAD);
  return row?.size ?? 0;
}

/** Survives power loss once it resolves, and with it every entry written before. False where the head is further already. */
export async function raiseHead(storage: Storage, size: number): Promise<boolean> {
  const result = await storage.write([{ sql: RAISE_HEAD, params: [size, size], expect: 1 }], 'power');
  return result.ok;
}

/** Removes entries below an index that files hold. The caller bounds how many that are. */
export async function purgeEntries(storage: Storage, belowIndex: number): Promise<void> {
  await storage.write([{ sql: PURGE_ENTRIES, params: [belowIndex] }], 'process');
}
