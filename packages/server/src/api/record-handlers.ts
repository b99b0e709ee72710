import { type ActionView, type ApiRoutes, formatUsd, isId, type RunTreeView } from '@reeve/contracts';
import type { Ledger, LedgerReader, PayloadStore } from '../audit/index.ts';
import type { Budgets } from '../budgets/index.ts';
import type { ApiHandlers } from '../http/index.ts';
import { ReeveError } from '../lib/index.ts';
import type { FleetService } from '../registry/index.ts';
import type { ActionRecord, RunSummary, RunTotals, RunTree, Traces } from '../traces/index.ts';
import { iso, isoOrNull } from './time.ts';

type RecordRoutes = Pick<
  ApiRoutes,
  Extract<
    keyof ApiRoutes,
    | `runs.${string}`
    | `actions.${string}`
    | `budgets.${string}`
    | `costs.${string}`
    | `audit.${string}`
    | `status.${string}`
  >
>;

export interface RecordParts {
  readonly traces: Traces;
  readonly payloads: PayloadStore;
  readonly budgets: Budgets;
  readonly ledger: Ledger;
  readonly ledgerReader: LedgerReader;
  readonly fleets: FleetService;
  readonly problems: () => readonly string[];
  readonly version: string;
  readonly startedAtMs: number;
}

export function recordHandlers(parts: RecordParts): ApiHandlers<RecordRoutes> {
  const { traces, budgets, ledger, ledgerReader, fleets } = parts;
  return {
    'runs.list': async ({ query }) => {
      const { items, next } = await traces.listRuns(query.workspace, windowed(query), pageOf(query));
      return { items: items.map(runRow), next };
    },
    'runs.get': async ({ params, query }) => {
      const shown = await traces.showRun(query.workspace, params.run);
      if (shown === undefined)
        throw new ReeveError(
          'not_found',
          `there is no run ${JSON.stringify(params.run)} in workspace ${query.workspace}`,
        );
      return runTree(shown.tree);
    },
    'actions.list': async ({ query }) => {
      const { items, next } = await traces.listActions(query.workspace, windowed(query), pageOf(query));
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
      return {
        items: rows.map(({ key, calls, inputTokens, outputTokens, costNanoUsd }) => ({
          key: key ?? null,
          calls,
          inputTokens,
          outputTokens,
          costUsd: formatUsd(costNanoUsd),
        })),
        next: null,
      };
    },
    'audit.status': async () => {
      const { origin, vkey, checkpoint } = ledgerReader.head();
      return { origin, entries: ledger.size, published: ledger.published, checkpoint, vkey };
    },
    'audit.entries': async ({ query }) => {
      const items = await ledgerReader.entries(query.from, query.limit);
      const last = items.at(-1);
      const more = last !== undefined && last.index + 1 < ledger.size;
      return { items: items.map(({ index, entry }) => ({ index, entry })), next: more ? String(last.index + 1) : null };
    },
    'audit.receipt': async ({ params }) => {
      if (params.index >= ledger.size) throw new ReeveError('not_found', `the ledger has ${ledger.size} entries`);
      await ledger.publish();
      const { entry, receipt } = ledgerReader.receipt(params.index);
      return {
        index: params.index,
        entry: Buffer.from(entry).toString('utf8'),
        proof: receipt,
        vkey: ledgerReader.head().vkey,
      };
    },
    'status.get': async () => {
      const problems = parts.problems();
      return {
        version: parts.version,
        node: process.version,
        startedAt: iso(parts.startedAtMs),
        workspaces: fleets.workspaces().flatMap((name) => {
          const fleet = fleets.current(name);
          return fleet === undefined ? [] : [{ name, fleetVersion: fleet.version, agents: fleet.agents.size }];
        }),
        ready: problems.length === 0,
        problems: [...problems],
      };
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

function runTree(tree: RunTree): RunTreeView {
  return {
    ...runRow({ ...tree.run, ...tree.totals }),
    actionList: tree.actions.map(actionView),
    children: tree.children.map(runTree),
  };
}

function actionView(record: ActionRecord): ActionView {
  const { usage } = record;
  return {
    id: record.id,
    run: record.runId ?? '',
    agent: record.agent,
    kind: record.kind,
    target: record.target ?? null,
    surface: record.surface ?? null,
    effect: record.effect ?? null,
    grade: record.grade ?? null,
    verdict: record.verdict ?? 'deny',
    outcome: record.outcome?.kind ?? null,
    code: record.outcome?.code ?? null,
    findings: record.findings.map(({ by, verdict, code, message, rule }) => ({
      by,
      verdict,
      code: code ?? null,
      message,
      rule: rule ?? null,
    })),
    fleetVersion: record.fleetVersion ?? null,
    credential: record.credentialId ?? null,
    feature: record.feature ?? null,
    user: record.user ?? null,
    session: record.session ?? null,
    reason: record.reason ?? null,
    startedAt: iso(record.startedAtMs),
    durationMs: record.endedAtMs === undefined ? null : record.endedAtMs - record.startedAtMs,
    upstreamMs: record.upstreamMs ?? null,
    inputTokens: usage === undefined ? null : usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    outputTokens: usage?.outputTokens ?? null,
    costUsd: formatUsd(record.costNanoUsd),
    usageSource: usage?.source ?? null,
    servedBy: record.servedBy ?? null,
    attempts: record.attempts ?? null,
    sideEffect: record.sideEffect ?? null,
    intentEntry: record.intentEntry ?? null,
    outcomeEntry: record.outcomeEntry ?? null,
  };
}

async function payloadText(payloads: PayloadStore, workspace: string, id: string | undefined): Promise<string | null> {
  const payload = id === undefined ? undefined : await payloads.read(workspace, id);
  return payload?.bytes === undefined ? null : Buffer.from(payload.bytes).toString('utf8');
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

/** What an agent may know of an action of its own. */
export async function stateOfAction(
  traces: Traces,
  workspace: string,
  agent: string,
  action: string,
): Promise<unknown> {
  const record = await traces.getAction(workspace, action);
  return record === undefined || record.agent !== agent ? undefined : actionView(record);
}
