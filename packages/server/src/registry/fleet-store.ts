import { type AgentId, idSchema } from '@reeve/contracts';
import { z } from 'zod';
import type { SqlRow, Statement, Storage } from '../storage/index.ts';
import type { FleetItem } from './fleet-item.ts';
import type { ItemKind } from './object-key.ts';

export interface StoredVersion {
  readonly seq: number;
  readonly version: string;
  readonly previous: string | null;
  readonly change: 'applied' | 'rolled-back';
  readonly appliedAtMs: number;
  readonly appliedBy: string;
  readonly objects: number;
}

export interface VersionChange {
  readonly workspace: string;
  readonly next: StoredVersion;
  /** New or different objects of this version. */
  readonly put: readonly FleetItem[];
  /** Objects whose row ends with this version: removed or replaced. */
  readonly ended: readonly { readonly kind: ItemKind; readonly name: string }[];
  readonly newAgents: readonly { readonly name: string; readonly id: AgentId }[];
}

const VERSION = 'seq, version, previous, change, applied_at, applied_by, objects';
const SQL = {
  workspaces: 'SELECT workspace, MAX(seq) AS seq FROM registry_version GROUP BY workspace ORDER BY workspace',
  byVersion: `SELECT ${VERSION} FROM registry_version WHERE workspace = ? AND version LIKE ? ORDER BY seq DESC`,
  bySeq: `SELECT ${VERSION} FROM registry_version WHERE workspace = ? AND seq = ?`,
  page: `SELECT ${VERSION} FROM registry_version WHERE workspace = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
  items: `SELECT o.kind AS kind, o.name AS name, o.hash AS hash, c.body AS body FROM registry_object o
    JOIN registry_content c ON c.workspace = o.workspace AND c.hash = o.hash
    WHERE o.workspace = ? AND o.since_seq <= ? AND (o.until_seq IS NULL OR o.until_seq > ?)`,
  agents: 'SELECT name, id FROM registry_agent WHERE workspace = ?',
  // Takes effect only if nobody else, here or in another process, was first.
  insertVersion: `INSERT INTO registry_version (workspace, seq, version, previous, change, applied_at, applied_by, objects)
    SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM registry_version WHERE workspace = ? AND seq >= ?)`,
  insertContent:
    'INSERT INTO registry_content (workspace, hash, body) VALUES (?, ?, ?) ON CONFLICT (workspace, hash) DO NOTHING',
  insertObject:
    'INSERT INTO registry_object (workspace, kind, name, since_seq, until_seq, hash) VALUES (?, ?, ?, ?, NULL, ?)',
  endObject:
    'UPDATE registry_object SET until_seq = ? WHERE workspace = ? AND kind = ? AND name = ? AND until_seq IS NULL',
  insertAgent: `INSERT INTO registry_agent (workspace, name, id, created_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (workspace, name) DO NOTHING`,
} as const;

const versionRow = z.object({
  seq: z.number(),
  version: z.string(),
  previous: z.string().nullable(),
  change: z.enum(['applied', 'rolled-back']),
  applied_at: z.number(),
  applied_by: z.string(),
  objects: z.number(),
});
const agentId = idSchema('agent');

/** The registry's tables of versions, objects and agent ids. */
export class FleetStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async workspaces(): Promise<{ workspace: string; seq: number }[]> {
    const rows = await this.#storage.read<{ workspace: string; seq: number }>(SQL.workspaces);
    return rows.map(({ workspace, seq }) => ({ workspace, seq: Number(seq) }));
  }

  async bySeq(workspace: string, seq: number): Promise<StoredVersion | undefined> {
    return (await this.#storage.read(SQL.bySeq, [workspace, seq])).map(toVersion)[0];
  }

  /** Each time a version of this beginning (hex digits only) was put in force, latest first. */
  async byVersion(workspace: string, beginning: string): Promise<StoredVersion[]> {
    return (await this.#storage.read(SQL.byVersion, [workspace, `${beginning}%`])).map(toVersion);
  }

  async page(workspace: string, beforeSeq: number, limit: number): Promise<StoredVersion[]> {
    return (await this.#storage.read(SQL.page, [workspace, beforeSeq, limit])).map(toVersion);
  }

  async items(workspace: string, seq: number): Promise<{ kind: ItemKind; name: string; hash: string; body: string }[]> {
    return this.#storage.read<{ kind: ItemKind; name: string; hash: string; body: string }>(SQL.items, [
      workspace,
      seq,
      seq,
    ]);
  }

  async agentIds(workspace: string): Promise<Map<string, AgentId>> {
    const rows = await this.#storage.read<{ name: string; id: string }>(SQL.agents, [workspace]);
    return new Map(rows.map(({ name, id }) => [name, agentId.parse(id)]));
  }
}

function toVersion(row: SqlRow): StoredVersion {
  const { applied_at, applied_by, ...rest } = versionRow.parse(row);
  return { ...rest, appliedAtMs: applied_at, appliedBy: applied_by };
}

/** One unit: the version, and rows for what it changes. */
export function versionStatements({ workspace, next, put, ended, newAgents }: VersionChange): Statement[] {
  const { seq, version, previous, change, appliedAtMs, appliedBy, objects } = next;
  const row = [workspace, seq, version, previous, change, appliedAtMs, appliedBy, objects, workspace, seq];
  return [
    { sql: SQL.insertVersion, params: row, expect: 1 },
    ...ended.map(({ kind, name }) => ({ sql: SQL.endObject, params: [seq, workspace, kind, name], expect: 1 })),
    ...put.map(({ hash, body }) => ({ sql: SQL.insertContent, params: [workspace, hash, body] })),
    ...put.map(({ kind, name, hash }) => ({
      sql: SQL.insertObject,
      params: [workspace, kind, name, seq, hash],
      expect: 1,
    })),
    ...newAgents.map(({ name, id }) => ({ sql: SQL.insertAgent, params: [workspace, name, id, appliedAtMs] })),
  ];
}
