import type { SqlRow, Statement, Storage } from '../storage/index.ts';

/** A caller that nobody registered. */
export interface ShadowAgent {
  readonly id: string;
  /** '' is the whole installation: an unknown credential belongs to no workspace. */
  readonly workspace: string;
  /** First digits of the credential's hash, or `none`. */
  readonly fingerprint: string;
  readonly reason: string;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  readonly calls: number;
  readonly path: string;
  readonly userAgent: string;
  readonly remoteAddress: string;
  readonly source: string;
}

interface Row extends SqlRow {
  id: string;
  workspace: string;
  fingerprint: string;
  reason: string;
  first_seen_at: number;
  last_seen_at: number;
  calls: number;
  path: string;
  user_agent: string;
  remote_address: string;
  source: string;
}

const COLUMNS =
  'id, workspace, fingerprint, reason, first_seen_at, last_seen_at, calls, path, user_agent, remote_address, source';
const SELECT_PAGE = `SELECT ${COLUMNS} FROM access_shadow WHERE workspace = ? ORDER BY last_seen_at DESC, id LIMIT ?`;
const SELECT_IDS = 'SELECT id FROM access_shadow ORDER BY last_seen_at DESC LIMIT ?';
const UPSERT = `INSERT INTO access_shadow (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, last_seen_at = excluded.last_seen_at,
    calls = access_shadow.calls + excluded.calls, path = excluded.path, user_agent = excluded.user_agent,
    remote_address = excluded.remote_address, source = excluded.source`;
const KEEP_NEWEST =
  'DELETE FROM access_shadow WHERE id NOT IN (SELECT id FROM access_shadow ORDER BY last_seen_at DESC, id LIMIT ?)';

export class ShadowStore {
  readonly #storage: Pick<Storage, 'read'>;

  constructor(storage: Pick<Storage, 'read'>) {
    this.#storage = storage;
  }

  async page(workspace: string, limit: number): Promise<ShadowAgent[]> {
    return (await this.#storage.read<Row>(SELECT_PAGE, [workspace, limit])).map(toShadow);
  }

  async ids(limit: number): Promise<string[]> {
    return (await this.#storage.read<{ id: string }>(SELECT_IDS, [limit])).map((row) => row.id);
  }

  /** Adds the calls to what is known of this shadow. */
  sighting(shadow: ShadowAgent): Statement {
    const { id, workspace, fingerprint, reason, firstSeenAtMs, lastSeenAtMs, calls } = shadow;
    return {
      sql: UPSERT,
      params: [
        id,
        workspace,
        fingerprint,
        reason,
        firstSeenAtMs,
        lastSeenAtMs,
        calls,
        shadow.path,
        shadow.userAgent,
        shadow.remoteAddress,
        shadow.source,
      ],
    };
  }

  keepNewest(limit: number): Statement {
    return { sql: KEEP_NEWEST, params: [limit] };
  }
}

function toShadow(row: Row): ShadowAgent {
  return {
    id: row.id,
    workspace: row.workspace,
    fingerprint: row.fingerprint,
    reason: row.reason,
    firstSeenAtMs: Number(row.first_seen_at),
    lastSeenAtMs: Number(row.last_seen_at),
    calls: Number(row.calls),
    path: row.path,
    userAgent: row.user_agent,
    remoteAddress: row.remote_address,
    source: row.source,
  };
}
