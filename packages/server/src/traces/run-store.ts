import type { RunId } from '@reeve/contracts';
import type { SqlRow, Statement, Storage } from '../storage/index.ts';
import type { RunRef } from './run.ts';

/** A run as stored. `depth` counts ancestors. */
export interface StoredRun extends RunRef {
  readonly workspace: string;
  readonly agent: string;
  readonly depth: number;
}

interface Row extends SqlRow {
  id: string;
  workspace: string;
  agent: string;
  name: string;
  parent: string | null;
  root: string;
  depth: number;
  started_at: number;
}

const COLUMNS = 'id, workspace, agent, name, parent, root, depth, started_at';
const INSERT = `INSERT INTO trace_run (${COLUMNS}, trace_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;
const BY_ID = `SELECT ${COLUMNS} FROM trace_run WHERE id = ? AND workspace = ?`;
const BY_NAME = `SELECT ${COLUMNS} FROM trace_run WHERE workspace = ? AND agent = ? AND name = ?`;
const BY_NAME_ANYWHERE = `SELECT ${COLUMNS} FROM trace_run WHERE workspace = ? AND name = ? LIMIT 2`;
const BY_TRACE = `SELECT ${COLUMNS} FROM trace_run WHERE workspace = ? AND agent = ? AND trace_id = ? ORDER BY started_at LIMIT 1`;

/** SQL for runs. */
export class RunStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  insert(run: StoredRun, traceId: string | undefined): Statement {
    const { id, workspace, agent, name, parent, root, depth, startedAtMs } = run;
    return {
      sql: INSERT,
      params: [id, workspace, agent, name, parent ?? null, root, depth, startedAtMs, traceId ?? null],
    };
  }

  byId(workspace: string, id: string): Promise<StoredRun | undefined> {
    return this.#one(BY_ID, [id, workspace]);
  }

  byName(workspace: string, agent: string, name: string): Promise<StoredRun | undefined> {
    return this.#one(BY_NAME, [workspace, agent, name]);
  }

  byTrace(workspace: string, agent: string, traceId: string): Promise<StoredRun | undefined> {
    return this.#one(BY_TRACE, [workspace, agent, traceId]);
  }

  /** Runs of this name, whoever's: none, one, or two where the name says too little. */
  async byNameAnywhere(workspace: string, name: string): Promise<readonly StoredRun[]> {
    return (await this.#storage.read<Row>(BY_NAME_ANYWHERE, [workspace, name])).map(toRun);
  }

  async #one(sql: string, params: readonly string[]): Promise<StoredRun | undefined> {
    const [row] = await this.#storage.read<Row>(sql, params);
    return row === undefined ? undefined : toRun(row);
  }
}

function toRun(row: Row): StoredRun {
  return {
    id: row.id as RunId,
    workspace: row.workspace,
    agent: row.agent,
    name: row.name,
    parent: (row.parent as RunId | null) ?? undefined,
    root: row.root as RunId,
    depth: row.depth,
    startedAtMs: row.started_at,
  };
}
