import { type ApiRoutes, formatUsd, isId, type RunTreeView } from '@reeve/contracts';
import type { PayloadStore } from '../audit/index.ts';
import type { Budgets } from '../budgets/index.ts';
import type { FlowTracker } from '../flows/index.ts';
import type { ApiHandlers } from '../http/index.ts';
import { ReeveError } from '../lib/index.ts';
import type { RunSummary, RunTotals, RunTree, Traces } from '../traces/index.ts';
import { actionView } from './action-view.ts';
import { noRun, runIdOf } from './run-id-of.ts';
import { iso, isoOrNull } from './time.ts';

type RecordRoutes = Pick<
  ApiRoutes,
  Extract<keyof ApiRoutes, `runs.${string}` | `actions.${string}` | `budgets.${string}` | `costs.${string}`>
>;

export interface RecordParts {
  readonly traces: Traces;
  readonly payloads: PayloadStore;
  readonly budgets: Budgets;
  readonly flows: Pick<FlowTracker, 'labels'>;
  readonly now: () => number;
}

export function recordHandlers(parts: RecordParts): ApiHandlers<RecordRoutes> {
  const { traces, budgets } = parts;
  return {
    'runs.list': async ({ query }) => {
      const { items, next } = await traces.listRuns(query.workspace, windowed(query), pageOf(query));
      return { items: items.map(runRow), next };
    },
    'runs.get': async ({ params, query }) => {
      const shown = await traces.showRun(query.workspace, params.run);
      if (shown === undefined) throw noRun(query.workspace, params.run);
      const labelsOf: LabelsOf = (run) => parts.flows.labels({ ...run, run: run.id, atMs: parts.now() });
      return runTree(shown.tree, labelsOf);
    },
    'actions.list': async ({ query }) => {
      const run = query.run === undefined ? {} : { run: await runIdOf(traces, query.workspace, query.run) };
      const filter = { ...windowed(query), ...run };
      const { items, next } = await traces.listActions(query.workspace, filter, pageOf(query));
      return { items: items.map(actionView), next };
    },
    'actions.get': async ({ params, query }) => {
      const record = isId('action', params.action) ? await traces.getAction(query.workspace, params.action) : undefined;
      if (record === undefined)
        throw new ReeveError(
          'not_found',
          `there is no action ${JSON.stringify(params.action)} in workspace ${query.workspace}`,
        );
      const read = (id: string | undefined) =>
        query.payloads ? payloadText(parts.payloads, query.workspace, id) : null;
      return {
        ...actionView(record),
        request: await read(record.requestPayload),
        reply: await read(record.replyPayload),
      };
    },
    'budgets.list': async ({ query }) => {
      const rows = await budgets.usage(query.workspace, query.agent === undefined ? {} : { agent: query.agent });
      return { items: rows.map(budgetRow), next: null };
    },
    'costs.list': async ({ query }) => {
      const rows = await traces.costs(query.workspace, { ...windowed(query), by: query.by });
      return { items: rows.map(costRow), next: null };
    },
  };
}

interface PageQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

function pageOf({ cursor, limit }: PageQuery) {
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}

/** Times of the query as numbers, absent ones left out, paging aside. */
function windowed<Q extends { readonly since?: string | undefined; readonly until?: string | undefined }>(query: Q) {
  const { since, until, ...rest } = query;
  const { cursor: _cursor, limit: _limit, workspace: _workspace, by: _by, ...filter } = rest as Record<string, unknown>;
  const set = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  return {
    ...(set as Omit<Q, 'since' | 'until' | 'cursor' | 'limit' | 'workspace' | 'by'>),
    ...(since === undefined ? {} : { sinceMs: Date.parse(since) }),
    ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
  };
}

function runRow(run: RunSummary & RunTotals) {
  const { id, name, agent, root, actions, refused } = run;
  return {
    id,
    name,
    agent,
    parent: run.parent ?? null,
    root,
    startedAt: iso(run.startedAtMs),
    actions,
    refused,
    costUsd: formatUsd(run.costNanoUsd),
  };
}

type LabelsOf = (run: RunTree['run']) => readonly string[];

function runTree(tree: RunTree, labelsOf: LabelsOf): RunTreeView {
  return {
    ...runRow({ ...tree.run, ...tree.totals }),
    labels: [...labelsOf(tree.run)],
    actionList: tree.actions.map(actionView),
    children: tree.children.map((child) => runTree(child, labelsOf)),
  };
}

async function payloadText(payloads: PayloadStore, workspace: string, id: string | undefined): Promise<string | null> {
  const payload = id === undefined ? undefined : await payloads.read(workspace, id);
  return payload?.bytes === undefined ? null : Buffer.from(payload.bytes).toString('utf8');
}

function costRow({ key, calls, inputTokens, outputTokens, costNanoUsd }: Awaited<ReturnType<Traces['costs']>>[number]) {
  return { key: key ?? null, calls, inputTokens, outputTokens, costUsd: formatUsd(costNanoUsd) };
}

function budgetRow(row: Awaited<ReturnType<Budgets['usage']>>[number]) {
  const amount = (value: number) => (row.measure === 'usd' ? formatUsd(value) : String(value));
  return {
    scope: row.scope,
    per: row.per,
    measure: row.measure,
    cap: amount(row.cap),
    spent: amount(row.spent),
    reserved: amount(row.reserved),
    overrun: amount(row.overrun),
    resetsAt: isoOrNull(row.resetsAtMs),
  };
}
