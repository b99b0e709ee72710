import type { CredentialId } from '@reeve/contracts';
import type { SqlRow, SqlValue, Statement, Storage } from '../storage/index.ts';
import { KeyUse } from './key-use.ts';

/** A row in memory. What changes after creation is exactly the mutable fields. */
export interface CredentialRow {
  readonly id: CredentialId;
  readonly workspace: string;
  readonly agent: string;
  readonly hash: Uint8Array;
  readonly note: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly rotatedFrom: CredentialId | undefined;
  expiresAtMs: number;
  revokedAtMs: number | undefined;
  readonly use: KeyUse;
}

interface Row extends SqlRow {
  id: string;
  workspace: string;
  agent: string;
  secret_hash: Uint8Array;
  note: string;
  created_at: number;
  created_by: string;
  expires_at: number;
  rotated_from: string | null;
  revoked_at: number | null;
  last_used_at: number | null;
  seen_from: string;
}

const COLUMNS =
  'id, workspace, agent, secret_hash, note, created_at, created_by, expires_at, rotated_from, revoked_at, last_used_at, seen_from';
const SELECT_LIVE = `SELECT ${COLUMNS} FROM access_credential WHERE revoked_at IS NULL AND expires_at > ? ORDER BY id LIMIT ?`;
// The only query by id alone: who presents a key has not said yet whose it is.
const SELECT_PRESENTED = `SELECT ${COLUMNS} FROM access_credential WHERE id = ?`;
const SELECT_ONE = `SELECT ${COLUMNS} FROM access_credential WHERE workspace = ? AND id = ?`;
const SELECT_PAGE = `SELECT ${COLUMNS} FROM access_credential WHERE workspace = ? AND id > ? ORDER BY id LIMIT ?`;
const SELECT_PAGE_OF_AGENT = `SELECT ${COLUMNS} FROM access_credential WHERE workspace = ? AND agent = ? AND id > ? ORDER BY id LIMIT ?`;
const SELECT_SUCCESSOR = 'SELECT id FROM access_credential WHERE workspace = ? AND rotated_from = ? LIMIT 1';
const COUNT_LIVE =
  'SELECT COUNT(*) AS n FROM access_credential WHERE workspace = ? AND agent = ? AND revoked_at IS NULL AND expires_at > ?';
const INSERT =
  'INSERT INTO access_credential (id, workspace, agent, secret_hash, note, created_at, created_by, expires_at, rotated_from, seen_from) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
const SET_EXPIRY = 'UPDATE access_credential SET expires_at = ? WHERE workspace = ? AND id = ? AND expires_at > ?';
const SET_REVOKED = 'UPDATE access_credential SET revoked_at = ? WHERE workspace = ? AND id = ? AND revoked_at IS NULL';
const SET_USE = 'UPDATE access_credential SET last_used_at = ?, seen_from = ? WHERE workspace = ? AND id = ?';

export class CredentialStore {
  readonly #storage: Pick<Storage, 'read'>;

  constructor(storage: Pick<Storage, 'read'>) {
    this.#storage = storage;
  }

  live(nowMs: number, limit: number): Promise<CredentialRow[]> {
    return this.#rows(SELECT_LIVE, [nowMs, limit]);
  }

  async presented(id: CredentialId): Promise<CredentialRow | undefined> {
    return (await this.#rows(SELECT_PRESENTED, [id]))[0];
  }

  async one(workspace: string, id: CredentialId): Promise<CredentialRow | undefined> {
    return (await this.#rows(SELECT_ONE, [workspace, id]))[0];
  }

  page(workspace: string, agent: string | undefined, after: string, limit: number): Promise<CredentialRow[]> {
    return agent === undefined
      ? this.#rows(SELECT_PAGE, [workspace, after, limit])
      : this.#rows(SELECT_PAGE_OF_AGENT, [workspace, agent, after, limit]);
  }

  async countLive(workspace: string, agent: string, nowMs: number): Promise<number> {
    const [row] = await this.#storage.read<{ n: number }>(COUNT_LIVE, [workspace, agent, nowMs]);
    return Number(row?.n ?? 0);
  }

  async hasSuccessor(workspace: string, id: CredentialId): Promise<boolean> {
    return (await this.#storage.read(SELECT_SUCCESSOR, [workspace, id])).length > 0;
  }

  insertion(row: CredentialRow): Statement {
    return {
      sql: INSERT,
      params: [
        row.id,
        row.workspace,
        row.agent,
        row.hash,
        row.note,
        row.createdAtMs,
        row.createdBy,
        row.expiresAtMs,
        row.rotatedFrom ?? null,
        '{}',
      ],
    };
  }

  expiry(row: CredentialRow, endsAtMs: number): Statement {
    return { sql: SET_EXPIRY, params: [endsAtMs, row.workspace, row.id, endsAtMs] };
  }

  revocation(row: CredentialRow, atMs: number): Statement {
    return { sql: SET_REVOKED, params: [atMs, row.workspace, row.id] };
  }

  useOf(row: CredentialRow): Statement {
    return { sql: SET_USE, params: [row.use.lastUsedAtMs ?? null, row.use.toText(), row.workspace, row.id] };
  }

  async #rows(sql: string, params: readonly SqlValue[]): Promise<CredentialRow[]> {
    return (await this.#storage.read<Row>(sql, params)).map(toRow);
  }
}

function toRow(row: Row): CredentialRow {
  return {
    id: row.id as CredentialId,
    workspace: row.workspace,
    agent: row.agent,
    hash: row.secret_hash,
    note: row.note,
    createdAtMs: Number(row.created_at),
    createdBy: row.created_by,
    rotatedFrom: (row.rotated_from ?? undefined) as CredentialId | undefined,
    expiresAtMs: Number(row.expires_at),
    revokedAtMs: row.revoked_at === null ? undefined : Number(row.revoked_at),
    use: KeyUse.fromText(row.seen_from, row.last_used_at === null ? undefined : Number(row.last_used_at)),
  };
}
