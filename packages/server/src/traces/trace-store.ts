import { isId } from '@reeve/contracts';
import type { Storage } from '../storage/index.ts';
import type { ActionRecord } from './action-record.ts';
import { toRecord } from './action-row.ts';
import { cut, db, firstId, type Page, type PageRequest, pageSize, type Tables, type Window } from './trace-query.ts';

// Reads for lists and pages, never on the path of an action.

export interface ActionFilter extends Window {
  readonly agent?: string | undefined;
  readonly run?: string | undefined;
  readonly kind?: string | undefined;
  readonly outcome?: string | undefined;
  readonly target?: string | undefined;
  readonly feature?: string | undefined;
  readonly user?: string | undefined;
  readonly sideEffect?: string | undefined;
}

export interface RunFilter extends Window {
  readonly agent?: string | undefined;
  readonly name?: string | undefined;
}

export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly agent: string;
  readonly parent: string | undefined;
  readonly root: string;
  readonly startedAtMs: number;
}

export async function pageActions(
  storage: Storage,
  workspace: string,
  filter: ActionFilter,
  page: PageRequest,
): Promise<Page<ActionRecord>> {
  const limit = pageSize(page);
  let query = db(storage).selectFrom('trace_action').selectAll().where('workspace', '=', workspace);
  for (const [column, value] of equalities(filter)) query = query.where(column, '=', value);
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor);
  if (filter.sinceMs !== undefined) query = query.where('id', '>=', firstId('action', filter.sinceMs));
  if (filter.untilMs !== undefined) query = query.where('id', '<', firstId('action', filter.untilMs));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return cut(rows.map(toRecord), limit);
}

export async function readAction(storage: Storage, workspace: string, id: string): Promise<ActionRecord | undefined> {
  const row = await db(storage)
    .selectFrom('trace_action')
    .selectAll()
    .where('workspace', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : toRecord(row);
}

/** Oldest first. */
export async function readActionsOfRuns(
  storage: Storage,
  workspace: string,
  runs: readonly string[],
  limit: number,
): Promise<ActionRecord[]> {
  if (runs.length === 0) return [];
  const query = db(storage)
    .selectFrom('trace_action')
    .selectAll()
    .where('workspace', '=', workspace)
    .where('run', 'in', runs);
  return (await query.orderBy('id').limit(limit).execute()).map(toRecord);
}

export async function pageRuns(
  storage: Storage,
  workspace: string,
  filter: RunFilter,
  page: PageRequest,
): Promise<Page<RunSummary>> {
  const limit = pageSize(page);
  let query = runsOf(storage, workspace);
  if (filter.agent !== undefined) query = query.where('agent', '=', filter.agent);
  if (filter.name !== undefined) query = query.where(isId('run', filter.name) ? 'id' : 'name', '=', filter.name);
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor);
  if (filter.sinceMs !== undefined) query = query.where('id', '>=', firstId('run', filter.sinceMs));
  if (filter.untilMs !== undefined) query = query.where('id', '<', firstId('run', filter.untilMs));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return cut(rows.map(toSummary), limit);
}

type EqualityColumn = 'agent' | 'run' | 'kind' | 'outcome' | 'target' | 'feature' | 'user_tag' | 'side_effect';

function equalities(filter: ActionFilter): [EqualityColumn, string][] {
  const { agent, run, kind, outcome, target, feature, user, sideEffect } = filter;
  const all = { agent, run, kind, outcome, target, feature, user_tag: user, side_effect: sideEffect };
  return Object.entries(all).filter((entry): entry is [EqualityColumn, string] => entry[1] !== undefined);
}

function runsOf(storage: Storage, workspace: string) {
  return db(storage)
    .selectFrom('trace_run')
    .select(['id', 'name', 'agent', 'parent', 'root', 'started_at'])
    .where('workspace', '=', workspace);
}

function toSummary({ started_at, parent, ...run }: Omit<Tables['trace_run'], 'workspace'>): RunSummary {
  const { id, agent, name, root } = run;
  return {
    id,
    name: name ?? id,
    agent,
    parent: parent ?? undefined,
    root: root ?? id,
    startedAtMs: Number(started_at),
  };
}
