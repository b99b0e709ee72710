import { sql } from 'kysely';
import type { Storage } from '../storage/index.ts';
import { db, firstId, type Window } from './trace-query.ts';

// Sums over many actions, for people; never on the path of an action but for the call counts of a run.

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

const COST_KEYS = {
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

const MAX_COST_ROWS = 1_000;
const MAX_TOTALS = 1_000;
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

/** How often agents called tools. Calls that waited for people are counted when they come again. */
export interface ToolCallCount {
  readonly agent: string;
  readonly target: string;
  readonly calls: number;
}

export async function readToolCalls(storage: Storage, workspace: string, sinceMs: number): Promise<ToolCallCount[]> {
  const rows = await db(storage)
    .selectFrom('trace_action')
    .select(({ fn }) => ['agent', 'target', fn.countAll<number>().as('calls')])
    .where('workspace', '=', workspace)
    .where('kind', '=', 'tool.call')
    .where('target', 'is not', null)
    .where('id', '>=', firstId('action', sinceMs))
    .where((eb) => eb.or([eb('outcome', 'is', null), eb('outcome', '<>', 'held')]))
    .groupBy(['agent', 'target'])
    .orderBy('calls', 'desc')
    .limit(MAX_COST_ROWS)
    .execute();
  return rows.map(({ agent, target, calls }) => ({ agent, target: target ?? '', calls: Number(calls) }));
}
