import { z } from 'zod';
import { none, noParams, page, pageQuery, route, workspaceQuery } from './route.ts';

const keyRow = z.strictObject({
  id: z.string(),
  agent: z.string(),
  note: z.string().nullable(),
  createdAt: z.string(),
  expiresAt: z.string(),
  revokedAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  flags: z.array(z.string()),
});

const newKey = z.strictObject({
  id: z.string(),
  key: z.string().describe('Shown once.'),
  agent: z.string(),
  expiresAt: z.string(),
});

const stopTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('agent'), name: z.string() }),
  z.strictObject({ kind: z.literal('run'), id: z.string() }),
  z.strictObject({ kind: z.literal('tool'), name: z.string() }),
  z.strictObject({ kind: z.literal('credential'), id: z.string() }),
  z.strictObject({ kind: z.literal('all') }),
]);
export type StopTargetView = z.infer<typeof stopTarget>;

const stopRow = z.strictObject({
  id: z.string(),
  target: stopTarget,
  reason: z.string(),
  by: z.string(),
  at: z.string(),
});

export const accessRoutes = {
  'keys.list': route({
    method: 'GET',
    path: '/api/keys',
    summary: 'Agent keys, without their secrets',
    params: noParams,
    query: pageQuery.extend({ agent: z.string().optional() }),
    body: none,
    reply: page(keyRow),
  }),
  'keys.create': route({
    method: 'POST',
    path: '/api/keys',
    summary: 'Make a key for an agent',
    params: noParams,
    query: workspaceQuery,
    body: z.strictObject({
      agent: z.string(),
      expiresIn: z
        .string()
        .regex(/^\d+(m|h|d)$/)
        .optional()
        .describe('Such as 24h or 90d; the default is 90d.'),
      note: z.string().max(200).optional(),
    }),
    reply: newKey,
  }),
  'keys.rotate': route({
    method: 'POST',
    path: '/api/keys/:key/rotate',
    summary: 'Make a successor; the old key stays valid for a while, or not at all',
    params: z.strictObject({ key: z.string() }),
    query: workspaceQuery,
    body: z.strictObject({
      overlap: z
        .string()
        .regex(/^\d+(m|h|d)$/)
        .optional()
        .describe('Default 24h; 0m ends the old key at once.'),
    }),
    reply: newKey,
  }),
  'keys.revoke': route({
    method: 'DELETE',
    path: '/api/keys/:key',
    summary: 'End a key now; calls in flight under it end too',
    params: z.strictObject({ key: z.string() }),
    query: workspaceQuery,
    body: none,
    reply: z.strictObject({ id: z.string(), revokedAt: z.string(), abortedInFlight: z.number() }),
  }),
  'stops.list': route({
    method: 'GET',
    path: '/api/stops',
    summary: 'What is stopped',
    params: noParams,
    query: workspaceQuery,
    body: none,
    reply: z.strictObject({ items: z.array(stopRow), next: z.null() }),
  }),
  'stops.order': route({
    method: 'POST',
    path: '/api/stops',
    summary: 'Stop an agent, a run, a tool, a credential or everything; calls in flight end',
    params: noParams,
    query: workspaceQuery,
    body: z.strictObject({ target: stopTarget, reason: z.string().min(1).max(500).default('no reason given') }),
    reply: stopRow.extend({ abortedInFlight: z.number(), elapsedMs: z.number() }),
  }),
  'stops.lift': route({
    method: 'POST',
    path: '/api/stops/lift',
    summary: 'Resume what was stopped',
    params: noParams,
    query: workspaceQuery,
    body: z.strictObject({ target: stopTarget }),
    reply: z.strictObject({ lifted: z.boolean() }),
  }),
  'tools.list': route({
    method: 'GET',
    path: '/api/tools',
    summary: 'Tools with their effect, pin and drift',
    params: noParams,
    query: workspaceQuery.extend({ server: z.string().optional(), state: z.string().optional() }),
    body: none,
    reply: z.strictObject({
      items: z.array(
        z.strictObject({
          name: z.string(),
          server: z.string(),
          effect: z.string(),
          declared: z.boolean(),
          state: z.enum(['pinned', 'drifted', 'awaiting-review', 'unseen']),
          digest: z.string().nullable(),
          description: z.string().nullable(),
          warnings: z.array(z.string()),
          pinnedDefinition: z.unknown(),
          presentDefinition: z.unknown(),
        }),
      ),
      next: z.null(),
    }),
  }),
  'tools.approve': route({
    method: 'POST',
    path: '/api/tools/:tool/approve',
    summary: 'Pin the present definition of a tool that is new or has changed',
    params: z.strictObject({ tool: z.string() }),
    query: workspaceQuery,
    body: z.strictObject({ digest: z.string().describe('The digest that was reviewed.') }),
    reply: z.strictObject({ name: z.string(), digest: z.string() }),
  }),
} as const;
