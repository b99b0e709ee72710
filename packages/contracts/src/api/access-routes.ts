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
    role: 'viewer',
  }),
  'stops.order': route({
    method: 'POST',
    path: '/api/stops',
    summary: 'Stop an agent, a run, a tool, a credential or everything; calls in flight end',
    params: noParams,
    query: workspaceQuery,
    body: z.strictObject({ target: stopTarget, reason: z.string().min(1).max(500).default('no reason given') }),
    reply: stopRow.extend({
      abortedInFlight: z.number(),
      elapsedMs: z.number(),
      durable: z.boolean().describe('False: in force, but a restart would forget it. Order it again.'),
    }),
    role: 'operator',
  }),
  'stops.lift': route({
    method: 'POST',
    path: '/api/stops/lift',
    summary: 'Resume what was stopped',
    params: noParams,
    query: workspaceQuery,
    body: z.strictObject({ target: stopTarget }),
    reply: stopRow,
    role: 'operator',
  }),
  'tools.list': route({
    method: 'GET',
    path: '/api/tools',
    summary: 'Tools that the fleet declares, with what they do',
    params: noParams,
    query: workspaceQuery.extend({ server: z.string().optional(), effect: z.string().optional() }),
    body: none,
    reply: z.strictObject({
      items: z.array(
        z.strictObject({
          name: z.string(),
          server: z.string(),
          effect: z.string(),
          reversible: z.string(),
          trust: z.string(),
          costUsd: z.number().nullable(),
        }),
      ),
      next: z.null(),
    }),
    role: 'viewer',
  }),
  'tools.review': route({
    method: 'GET',
    path: '/api/tools/review',
    summary:
      'Definitions that wait for a person: new ones under review, and ones that changed since they were approved',
    params: noParams,
    query: workspaceQuery,
    body: none,
    reply: z.strictObject({
      items: z.array(
        z.strictObject({
          name: z.string(),
          state: z.string(),
          approvedHash: z.string().nullable(),
          seenHash: z.string(),
          seenAt: z.string(),
          changes: z.array(z.unknown()),
          hidden: z.array(z.string()).describe('Places with characters that people do not see.'),
        }),
      ),
      next: z.null(),
    }),
  }),
  'tools.approve': route({
    method: 'POST',
    path: '/api/tools/approve',
    summary: 'Approve the definition that a tool has now',
    params: noParams,
    query: workspaceQuery,
    body: z.strictObject({
      tool: z.string(),
      seenHash: z.string().describe('The hash that was reviewed; refused if the tool changed again.'),
    }),
    reply: z.strictObject({ name: z.string(), approvedHash: z.string() }),
  }),
} as const;
