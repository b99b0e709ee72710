import type { PersonId, PersonRole, TokenId } from '@reeve/contracts';
import type { SqlRow, Statement, Storage } from '../storage/index.ts';

/** A person of one workspace. */
export interface Person {
  readonly id: PersonId;
  readonly workspace: string;
  /** E-mail address, in lower case. */
  readonly address: string;
  readonly createdAtMs: number;
}

/** How a person proves themselves. What changes after creation is exactly the mutable field. */
export interface PersonToken {
  readonly id: TokenId;
  readonly workspace: string;
  readonly person: PersonId;
  readonly role: PersonRole;
  readonly note: string;
  readonly hash: Uint8Array;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly expiresAtMs: number;
  revokedAtMs: number | undefined;
}

interface PersonRow extends SqlRow {
  id: string;
  workspace: string;
  address: string;
  created_at: number;
}

interface TokenRow extends SqlRow {
  id: string;
  workspace: string;
  person: string;
  role: string;
  note: string;
  secret_hash: Uint8Array;
  created_at: number;
  created_by: string;
  expires_at: number;
  revoked_at: number | null;
}

const TOKEN_COLUMNS = 'id, workspace, person, role, note, secret_hash, created_at, created_by, expires_at, revoked_at';
// Both are read whole, of all workspaces, once at the start; their number is bounded where they are made.
const ALL_PERSONS = 'SELECT id, workspace, address, created_at FROM access_person ORDER BY id';
const ALL_TOKENS = `SELECT ${TOKEN_COLUMNS} FROM access_person_token ORDER BY id`;
const INSERT_PERSON = 'INSERT INTO access_person (id, workspace, address, created_at) VALUES (?, ?, ?, ?)';
const INSERT_TOKEN = `INSERT INTO access_person_token (${TOKEN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const REVOKE_TOKEN =
  'UPDATE access_person_token SET revoked_at = ? WHERE workspace = ? AND id = ? AND revoked_at IS NULL';

export async function readPersons(storage: Pick<Storage, 'read'>): Promise<Person[]> {
  return (await storage.read<PersonRow>(ALL_PERSONS)).map((row) => ({
    id: row.id as PersonId,
    workspace: row.workspace,
    address: row.address,
    createdAtMs: Number(row.created_at),
  }));
}

export async function readTokens(storage: Pick<Storage, 'read'>): Promise<PersonToken[]> {
  return (await storage.read<TokenRow>(ALL_TOKENS)).map((row) => ({
    id: row.id as TokenId,
    workspace: row.workspace,
    person: row.person as PersonId,
    role: row.role as PersonRole,
    note: row.note,
    hash: row.secret_hash,
    createdAtMs: Number(row.created_at),
    createdBy: row.created_by,
    expiresAtMs: Number(row.expires_at),
    revokedAtMs: row.revoked_at === null ? undefined : Number(row.revoked_at),
  }));
}

export function insertPerson({ id, workspace, address, createdAtMs }: Person): Statement {
  return { sql: INSERT_PERSON, params: [id, workspace, address, createdAtMs] };
}

export function insertToken(token: PersonToken): Statement {
  const { id, workspace, person, role, note, hash, createdAtMs, createdBy, expiresAtMs } = token;
  const params = [id, workspace, person, role, note, hash, createdAtMs, createdBy, expiresAtMs, null];
  return { sql: INSERT_TOKEN, params };
}

export function revokeToken({ workspace, id }: PersonToken, atMs: number): Statement {
  return { sql: REVOKE_TOKEN, params: [atMs, workspace, id] };
}
