import type { SqlRow, Statement, Storage } from '../storage/index.ts';

interface Row extends SqlRow {
  name: string;
  secret_hash: Uint8Array;
}

const SELECT_ALL = 'SELECT name, secret_hash FROM access_admin_token ORDER BY name';
const UPSERT = `INSERT INTO access_admin_token (name, secret_hash, created_at) VALUES (?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET secret_hash = excluded.secret_hash, created_at = excluded.created_at`;

export async function readAdminHashes(storage: Pick<Storage, 'read'>): Promise<{ name: string; hash: Uint8Array }[]> {
  return (await storage.read<Row>(SELECT_ALL)).map((row) => ({ name: row.name, hash: row.secret_hash }));
}

export function adminHash(name: string, hash: Uint8Array, atMs: number): Statement {
  return { sql: UPSERT, params: [name, hash, atMs] };
}
