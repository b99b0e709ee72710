import type { ActionId } from '@reeve/contracts';
import type { SqlRow, SqlValue, Statement, Storage } from '../../storage/index.ts';

/** Whose key on which route. The key itself is kept as a hash. */
export interface RecordKey {
  readonly workspace: string;
  readonly agent: string;
  readonly route: string;
  readonly keyHash: Uint8Array;
}

export interface IdempotencyRecord {
  readonly fingerprint: Uint8Array;
  readonly action: ActionId;
  readonly startedAtMs: number;
  readonly ended: boolean;
  /** Sealed; undefined where it was too large to keep. */
  readonly reply: Uint8Array | undefined;
}

interface Row extends SqlRow {
  fingerprint: Uint8Array;
  action: string;
  started_at: number;
  ended_at: number | null;
  reply: Uint8Array | null;
}

const WHERE = 'workspace = ? AND agent = ? AND route = ? AND key_hash = ?';
const SELECT = `SELECT fingerprint, action, started_at, ended_at, reply FROM idempotency_record WHERE ${WHERE}`;
// No ON CONFLICT: two starts of one key must not both succeed, whatever process they come from.
const INSERT =
  'INSERT INTO idempotency_record (workspace, agent, route, key_hash, fingerprint, action, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)';
const SET_ENDED = `UPDATE idempotency_record SET ended_at = ?, reply = ? WHERE ${WHERE} AND ended_at IS NULL`;
const DELETE_ENDED = 'DELETE FROM idempotency_record WHERE ended_at IS NOT NULL AND started_at < ?';
const DELETE_UNKNOWN = 'DELETE FROM idempotency_record WHERE ended_at IS NULL AND started_at < ?';

export async function readRecord(
  storage: Pick<Storage, 'read'>,
  key: RecordKey,
): Promise<IdempotencyRecord | undefined> {
  const [row] = await storage.read<Row>(SELECT, selector(key));
  if (row === undefined) return undefined;
  return {
    fingerprint: row.fingerprint,
    action: row.action as ActionId,
    startedAtMs: Number(row.started_at),
    ended: row.ended_at !== null,
    reply: row.reply ?? undefined,
  };
}

export function startRecord(key: RecordKey, fingerprint: Uint8Array, action: ActionId, atMs: number): Statement {
  return { sql: INSERT, params: [...selector(key), fingerprint, action, atMs] };
}

export function endRecord(key: RecordKey, reply: Uint8Array | undefined, atMs: number): Statement {
  return { sql: SET_ENDED, params: [atMs, reply ?? null, ...selector(key)] };
}

export function sweepRecords(endedBeforeMs: number, unknownBeforeMs: number): Statement[] {
  return [
    { sql: DELETE_ENDED, params: [endedBeforeMs] },
    { sql: DELETE_UNKNOWN, params: [unknownBeforeMs] },
  ];
}

function selector(key: RecordKey): SqlValue[] {
  return [key.workspace, key.agent, key.route, key.keyHash];
}
