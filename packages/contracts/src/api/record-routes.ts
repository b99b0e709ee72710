import { z } from 'zod';
import { none, noParams, page, pageQuery, route, workspaceQuery } from './route.ts';

const findingView = z.strictObject({
  by: z.string(),
  verdict: z.string(),
  code: z.string().nullable(),
  message: z.string(),
  rule: z.string().nullable(),
  score: z.number().nullable().describe('What a risk rule added, 0 to 100.'),
  releasedBy: z.string().nullable().describe('The approval or grant by which people let it pass.'),
  evidence: z
    .array(
      z.strictObject({
        path: z.string(),
        value: z.string(),
        source: z.string(),
        sourceAction: z.string().nullable(),
        excerpt: z.string().nullable(),
      }),
    )
    .describe('Values that decide the action, and where each was first seen.'),
});

const joinedBy = z.strictObject({
  by: z
    .enum(['conversation', 'response', 'proposal', 'trace', 'session', 'uncertain'])
    .describe('What joined it to its run. uncertain: it may belong to other runs as well, and none of them is blamed.'),
  of: z
    .array(z.string())
    .describe('The action that proves it, the name of the trace or session, or the runs it may belong to.'),
});

export const actionViewSchema = z.strictObject({
  id: z.string(),
  run: z.string(),
  joinedBy: joinedBy.nullable().describe('Null where the caller named the run, or the action began it.'),
  agent: z.string(),
  kind: z.string(),
  target: z.string().nullable(),
  surface: z.string().nullable(),
  effect: z.string().nullable(),
  grade: z.string().nullable(),
  verdict: z.string(),
  outcome: z.string().nullable().describe('Null while it is under way.'),
  code: z.string().nullable(),
  risk: z.number().nullable().describe('0 to 100; its parts are the findings that have a score.'),
  findings: z.array(findingView),
  fleetVersion: z.string().nullable(),
  credential: z.string().nullable(),
  feature: z.string().nullable(),
  user: z.string().nullable(),
  session: z.string().nullable(),
  reason: z.string().nullable(),
  startedAt: z.string(),
  durationMs: z.number().nullable(),
  upstreamMs: z.number().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  costUsd: z.string(),
  usageSource: z.string().nullable(),
  servedBy: z.string().nullable(),
  attempts: z.number().nullable(),
  sideEffect: z.string().nullable(),
  intentEntry: z.number().nullable(),
  outcomeEntry: z.number().nullable(),
});
export type ActionView = z.infer<typeof actionViewSchema>;

const runRow = z.strictObject({
  id: z.string(),
  name: z.string(),
  agent: z.string(),
  parent: z.string().nullable(),
  root: z.string(),
  startedAt: z.string(),
  actions: z.number(),
  refused: z.number(),
  costUsd: z.string(),
});

const runDetail = runRow.extend({
  labels: z
    .array(z.string())
    .describe('What it has taken in, as far as this process remembers: untrusted, private:<class>.'),
});

export interface RunTreeView extends z.infer<typeof runDetail> {
  readonly actionList: readonly ActionView[];
  readonly children: readonly RunTreeView[];
}

export const runTreeSchema: z.ZodType<RunTreeView> = runDetail.extend({
  actionList: z.array(actionViewSchema),
  get children() {
    return z.array(runTreeSchema);
  },
});

export const recordRoutes = {
  'runs.list': route({
    method: 'GET',
    path: '/api/runs',
    summary: 'Runs, newest first',
    params: noParams,
    query: pageQuery.extend({
      agent: z.string().optional(),
      name: z.string().optional(),
      since: z.iso.datetime().optional(),
      until: z.iso.datetime().optional(),
    }),
    body: none,
    reply: page(runRow),
    role: 'viewer',
  }),
  'runs.get': route({
    method: 'GET',
    path: '/api/runs/:run',
    summary: 'A run by id or name, with the whole lineage below it',
    params: z.strictObject({ run: z.string() }),
    query: workspaceQuery,
    body: none,
    reply: runTreeSchema,
    role: 'viewer',
  }),
  'actions.list': route({
    method: 'GET',
    path: '/api/actions',
    summary: 'Actions, newest first',
    params: noParams,
    query: pageQuery.extend({
      agent: z.string().optional(),
      run: z.string().optional(),
      kind: z.string().optional(),
      outcome: z.string().optional(),
      target: z.string().optional(),
      feature: z.string().optional(),
      user: z.string().optional(),
      sideEffect: z.string().optional(),
      since: z.iso.datetime().optional(),
      until: z.iso.datetime().optional(),
    }),
    body: none,
    reply: page(actionViewSchema),
    role: 'viewer',
  }),
  'actions.get': route({
    method: 'GET',
    path: '/api/actions/:action',
    summary: 'One action, with its payloads while they are kept',
    params: z.strictObject({ action: z.string() }),
    query: workspaceQuery.extend({ payloads: z.stringbool().default(false) }),
    body: none,
    reply: actionViewSchema.extend({ request: z.string().nullable(), reply: z.string().nullable() }),
  }),
  'budgets.list': route({
    method: 'GET',
    path: '/api/budgets',
    summary: 'Caps with what is spent and reserved',
    params: noParams,
    query: workspaceQuery.extend({ agent: z.string().optional() }),
    body: none,
    reply: z.strictObject({
      items: z.array(
        z.strictObject({
          scope: z.string(),
          per: z.string(),
          measure: z.enum(['usd', 'tokens', 'calls']),
          cap: z.string(),
          spent: z.string(),
          reserved: z.string(),
          overrun: z.string(),
          resetsAt: z.string().nullable(),
        }),
      ),
      next: z.null(),
    }),
    role: 'viewer',
  }),
  'costs.list': route({
    method: 'GET',
    path: '/api/costs',
    summary: 'Cost by agent, feature, user, model or run',
    params: noParams,
    query: workspaceQuery.extend({
      by: z.enum(['agent', 'feature', 'user', 'model', 'run']).default('agent'),
      since: z.iso.datetime().optional(),
      until: z.iso.datetime().optional(),
    }),
    body: none,
    reply: z.strictObject({
      items: z.array(
        z.strictObject({
          key: z.string().nullable(),
          calls: z.number(),
          inputTokens: z.number(),
          outputTokens: z.number(),
          costUsd: z.string(),
        }),
      ),
      next: z.null(),
    }),
    role: 'viewer',
  }),
  'audit.status': route({
    method: 'GET',
    path: '/api/audit/status',
    summary: 'Size and head of the ledger',
    params: noParams,
    query: z.strictObject({}),
    body: none,
    reply: z.strictObject({
      origin: z.string(),
      entries: z.number(),
      published: z.number(),
      checkpoint: z.string().nullable(),
      vkey: z.string(),
    }),
  }),
  'audit.entries': route({
    method: 'GET',
    path: '/api/audit/entries',
    summary: 'Ledger entries in order',
    params: noParams,
    query: z.strictObject({
      from: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    body: none,
    reply: z.strictObject({
      items: z.array(z.strictObject({ index: z.number(), entry: z.unknown() })),
      next: z.string().nullable(),
    }),
  }),
  'audit.receipt': route({
    method: 'GET',
    path: '/api/audit/receipts/:index',
    summary: 'An entry with a proof that it is in the log (c2sp.org/tlog-proof)',
    params: z.strictObject({ index: z.coerce.number().int().min(0) }),
    query: z.strictObject({}),
    body: none,
    reply: z.strictObject({ index: z.number(), entry: z.string(), proof: z.string(), vkey: z.string() }),
  }),
  'status.get': route({
    method: 'GET',
    path: '/api/status',
    summary: 'Version, uptime and health of the parts',
    params: noParams,
    query: z.strictObject({}),
    body: none,
    reply: z.strictObject({
      version: z.string(),
      node: z.string(),
      startedAt: z.string(),
      workspaces: z.array(
        z.strictObject({ name: z.string(), fleetVersion: z.string().nullable(), agents: z.number() }),
      ),
      ready: z.boolean(),
      problems: z.array(z.string()),
    }),
  }),
} as const;
