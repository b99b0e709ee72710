import { isId, type RunId } from '@reeve/contracts';
import type { SqlRow, Statement, Storage } from '../storage/index.ts';
import type { Run } from './run.ts';

const COLUMNS =
  'id, workspace, name, agent, agent_id, parent, root, lineage, trace_id, started_at, feature, user_tag, session';
const INSERT = `INSERT INTO trace_run (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;
const BY_ID = `SELECT ${COLUMNS} FROM trace_run WHERE workspace = ? AND id = ?`;
const BY_NAME = `SELECT ${COLUMNS} FROM trace_run WHERE workspace = ? AND name = ? ORDER BY agent LIMIT ?`;
const BY_OWN_NAME = `SELECT ${COLUMNS} FROM trace_run WHERE workspace = ? AND name = ? AND agent = ?`;
const BY_TRACE = `SELECT ${COLUMNS} FROM trace_run WHERE workspace = ? AND agent = ? AND trace_id = ?`;
const BY_ROOT = `SELECT ${COLUMNS} FROM trace_run WHERE workspace = ? AND (id = ? OR root = ?) ORDER BY id LIMIT ?`;

interface RunRow extends SqlRow {
  id: string;
  workspace: string;
  name: string | null;
  agent: string;
  agent_id: string | null;
  parent: string | null;
  root: string | null;
  lineage: string | null;
  trace_id: string | null;
  started_at: number;
  feature: string | null;
  user_tag: string | null;
  session: string | null;
}

export function insertRun(run: Run): Statement {
  return {
    sql: INSERT,
    params: [
      run.id,
      run.workspace,
      otherThan(run.id, run.name),
      run.agent,
      run.agentId ?? null,
      run.parent ?? null,
      otherThan(run.id, run.root),
      otherThan(run.id, run.lineage.join(' ')),
      run.traceId ?? null,
      run.startedAtMs,
      run.feature ?? null,
      run.user ?? null,
      run.session ?? null,
    ],
  };
}

export async function readRun(storage: Storage, workspace: string, id: string): Promise<Run | undefined> {
  return first(await storage.read<RunRow>(BY_ID, [workspace, id]));
}

/** A run of one agent by the name or the trace id that it was given. */
export async function readOwnRun(
  storage: Storage,
  { workspace, agent }: { readonly workspace: string; readonly agent: string },
  handle: { readonly name: string } | { readonly traceId: string },
): Promise<Run | undefined> {
  return 'name' in handle
    ? first(await storage.read<RunRow>(BY_OWN_NAME, [workspace, handle.name, agent]))
    : first(await storage.read<RunRow>(BY_TRACE, [workspace, agent, handle.traceId]));
}

export async function readRunsNamed(
  storage: Storage,
  workspace: string,
  name: string,
  limit: number,
): Promise<readonly Run[]> {
  if (!isId('run', name)) return (await storage.read<RunRow>(BY_NAME, [workspace, name, limit])).map(toRun);
  const unnamed = await readRun(storage, workspace, name);
  return unnamed === undefined ? [] : [unnamed];
}

/** Every run of a lineage, oldest first. */
export async function readLineage(
  storage: Storage,
  workspace: string,
  root: string,
  limit: number,
): Promise<readonly Run[]> {
  return (await storage.read<RunRow>(BY_ROOT, [workspace, root, root, limit])).map(toRun);
}

function first(rows: readonly RunRow[]): Run | undefined {
  return rows[0] === undefined ? undefined : toRun(rows[0]);
}

function toRun(row: RunRow): Run {
  return {
    id: row.id as RunId,
    name: row.name ?? row.id,
    parent: (row.parent ?? undefined) as RunId | undefined,
    root: (row.root ?? row.id) as RunId,
    startedAtMs: Number(row.started_at),
    workspace: row.workspace,
    agent: row.agent,
    agentId: row.agent_id ?? undefined,
    lineage: (row.lineage ?? row.id).split(' ') as RunId[],
    traceId: row.trace_id ?? undefined,
    feature: row.feature ?? undefined,
    user: row.user_tag ?? undefined,
    session: row.session ?? undefined,
  };
}

/** What is stored of a text that mostly repeats the id. */
export function otherThan(id: string | undefined, text: string | undefined): string | null {
  return text === undefined || text === id ? null : text;
}
