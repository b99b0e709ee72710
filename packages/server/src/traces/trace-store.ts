import { makeId } from '@reeve/contracts';
import { sql } from 'kysely';
import type { Storage } from '../storage/index.ts';
import type { ActionRecord } from './action-record.ts';
import { type ActionRow, toRecord } from './action-row.ts';

// Reads for lists and pages, never on the path of an action. Ids sort by time, so they are cursor and time bound in one.

type Tables = {
  trace_action: ActionRow;
  trace_run: {
    id: string;
    workspace: string;
    name: string;
    agent: string;
    parent: string | null;
    root: string;
    started_at: number;
  };
};

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface Window {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export interface PageRequest {
  /** What `next` of the page before said. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

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

/** Sums over the actions of one run, without the runs below it. */
export interface RunTotals {
  readonly actions: number;
  /** Of these, how many never came to their effect or lost their answer to a decision. */
  readonly refused: number;
  readonly costNanoUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** From the first action's start to the last one's end. */
  readonly durationMs: number;
}

export const COST_KEYS = {
  agent: 'agent',
  feature: 'feature',
  user: 'user_tag',
  model: 'target',
  run: 'run',
} as const;
export type CostKey = keyof typeof COST_KEYS;

export interface CostRow {
  readonly key: string | undefined;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
}

const DEFAULT_PAGE = 50;
const MAX_PAGE = 500;
const MAX_COST_ROWS = 1_000;
const MAX_TOTALS = 1_000;
const NO_RANDOM = new Uint8Array(10);
/** Outcomes that say that a decision, not an upstream, ended the action. */
const REFUSALS = [
  'suspended',
  'over_limit',
  'over_budget',
  'invalid',
  'blocked',
  'denied',
  'held',
  'failed_closed',
  'withheld',
];

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
  if (filter.name !== undefined) query = query.where('name', '=', filter.name);
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor);
  if (filter.sinceMs !== undefined) query = query.where('id', '>=', firstId('run', filter.sinceMs));
  if (filter.untilMs !== undefined) query = query.where('id', '<', firstId('run', filter.untilMs));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return cut(rows.map(toSummary), limit);
}

export async function readTotals(
  storage: Storage,
  workspace: string,
  runs: readonly string[],
): Promise<ReadonlyMap<string, RunTotals>> {
  if (runs.length === 0) return new Map();
  const rows = await db(storage)
    .selectFrom('trace_action')
    .select(({ fn, eb }) => [
      'run',
      fn.countAll().as('actions'),
      fn.sum(eb.case().when('outcome', 'in', REFUSALS).then(1).else(0).end()).as('refused'),
      fn.sum('cost_nano_usd').as('cost'),
      fn.sum('input_tokens').as('input'),
      fn.sum('output_tokens').as('output'),
      fn.min('started_at').as('first'),
      fn.max(fn.coalesce('ended_at', 'started_at')).as('last'),
    ])
    .where('workspace', '=', workspace)
    .where('run', 'in', runs.slice(0, MAX_TOTALS))
    .groupBy('run')
    .execute();
  return new Map(
    rows.map((row) => [
      String(row.run),
      {
        actions: Number(row.actions),
        refused: Number(row.refused),
        costNanoUsd: Number(row.cost),
        inputTokens: Number(row.input ?? 0),
        outputTokens: Number(row.output ?? 0),
        durationMs: Number(row.last) - Number(row.first),
      },
    ]),
  );
}

export async function readCosts(
  storage: Storage,
  workspace: string,
  by: CostKey,
  { sinceMs, untilMs }: Window,
): Promise<readonly CostRow[]> {
  const column = COST_KEYS[by];
  let query = db(storage)
    .selectFrom('trace_action')
    .select(({ fn, ref }) => [
      ref(column).as('key'),
      fn.countAll().as('calls'),
      fn.sum('input_tokens').as('input'),
      fn.sum('output_tokens').as('output'),
      fn.sum('cost_nano_usd').as('cost'),
    ])
    .where('workspace', '=', workspace);
  if (by === 'model') query = query.where('kind', '=', 'model.generate');
  if (sinceMs !== undefined) query = query.where('id', '>=', firstId('action', sinceMs));
  if (untilMs !== undefined) query = query.where('id', '<', firstId('action', untilMs));
  const rows = await query.groupBy(column).orderBy(sql`cost`, 'desc').limit(MAX_COST_ROWS).execute();
  return rows.map((row) => ({
    key: row.key ?? undefined,
    calls: Number(row.calls),
    inputTokens: Number(row.input ?? 0),
    outputTokens: Number(row.output ?? 0),
    costNanoUsd: Number(row.cost),
  }));
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
  return { ...run, parent: parent ?? undefined, startedAtMs: Number(started_at) };
}

function db(storage: Storage) {
  return storage.reader.withTables<Tables>();
}

/** The smallest id of a moment. */
function firstId(noun: 'action' | 'run', atMs: number): string {
  return makeId(noun, Math.max(0, Math.floor(atMs)), NO_RANDOM);
}

function pageSize({ limit = DEFAULT_PAGE }: PageRequest): number {
  return Math.min(Math.max(1, Math.floor(limit)), MAX_PAGE);
}

function cut<T extends { readonly id: string }>(items: readonly T[], limit: number): Page<T> {
  if (items.length <= limit) return { items, next: null };
  const kept = items.slice(0, limit);
  return { items: kept, next: kept.at(-1)?.id ?? null };
}

const COUNT_CALLS = `SELECT kind, COUNT(*) AS calls FROM trace_action
  WHERE workspace = ? AND run = ? AND (outcome IS NULL OR outcome <> 'over_limit') GROUP BY kind`;

export async function readCallCounts(
  storage: Storage,
  workspace: string,
  run: string,
): Promise<{ model: number; tool: number }> {
  const rows = await storage.read<{ kind: string; calls: number }>(COUNT_CALLS, [workspace, run]);
  const of = (kind: string) => Number(rows.find((row) => row.kind === kind)?.calls ?? 0);
  return { model: of('model.generate'), tool: of('tool.call') };
}
