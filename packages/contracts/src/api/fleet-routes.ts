import { z } from 'zod';
import { fleetAppliedSchema, fleetPlanSchema, fleetSourceSchema, fleetVersionSchema } from '../fleet/fleet-change.ts';
import { none, noParams, page, pageQuery, route, workspaceQuery } from './route.ts';

const tools = z.array(z.string());

const trifecta = z
  .strictObject({
    privateData: tools,
    untrustedContent: tools,
    externalCommunication: tools,
    complete: z
      .boolean()
      .describe('All three meet in this agent: what a page says can make it give away what it knows.'),
  })
  .describe('By declarations, whatever policies permit: some of the tools that give it each of the three.');

const agentRow = z.strictObject({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  sponsor: z.string().nullable(),
  purpose: z.string(),
  trigger: z.string(),
  framework: z.string().nullable(),
  vendor: z.string().nullable(),
  version: z.string().nullable(),
  risk: z.string(),
  autonomy: z.string(),
  state: z.string(),
  stopped: z.boolean(),
  tools: z.array(z.string()),
  models: z.array(z.string()),
  data: z.array(z.strictObject({ source: z.string(), access: z.string() })),
  credentials: z.array(z.string()).describe('Secrets that Reeve uses on its behalf.'),
  rollback: z.string().nullable(),
  reviewedAt: z.string().nullable(),
  reviewOverdue: z.boolean(),
  trifecta,
});

export const fleetRoutes = {
  'fleet.plan': route({
    method: 'POST',
    path: '/api/fleet/plan',
    summary: 'What applying these files would change, in objects and in who can do what',
    params: noParams,
    query: z.strictObject({}),
    body: fleetSourceSchema,
    reply: fleetPlanSchema,
  }),
  'fleet.apply': route({
    method: 'POST',
    path: '/api/fleet/apply',
    summary: 'Apply these files as the new version of their workspace',
    params: noParams,
    query: z.strictObject({}),
    body: fleetSourceSchema.extend({
      expectVersion: z.string().optional().describe('Refused if another version is in force.'),
    }),
    reply: fleetAppliedSchema,
  }),
  'fleet.export': route({
    method: 'GET',
    path: '/api/fleet/export',
    summary: 'The version in force, as files that apply to the same version',
    params: noParams,
    query: workspaceQuery,
    body: none,
    reply: fleetSourceSchema.extend({ version: z.string() }),
  }),
  'fleet.versions': route({
    method: 'GET',
    path: '/api/fleet/versions',
    summary: 'Versions, newest first',
    params: noParams,
    query: pageQuery,
    body: none,
    reply: page(fleetVersionSchema),
  }),
  'fleet.rollback': route({
    method: 'POST',
    path: '/api/fleet/rollback',
    summary: 'Put an earlier version in force again',
    params: noParams,
    query: workspaceQuery,
    body: z.strictObject({ version: z.string().describe('A version, or an unambiguous beginning of one.') }),
    reply: z.strictObject({ version: z.string() }),
  }),
  'agents.list': route({
    method: 'GET',
    path: '/api/agents',
    summary: 'Agents of the version in force',
    params: noParams,
    query: pageQuery.extend({
      owner: z.string().optional(),
      state: z.string().optional(),
      risk: z.string().optional(),
      search: z.string().max(200).optional(),
    }),
    body: none,
    reply: page(agentRow),
    role: 'viewer',
  }),
  'agents.get': route({
    method: 'GET',
    path: '/api/agents/:agent',
    summary: 'One agent',
    params: z.strictObject({ agent: z.string() }),
    query: workspaceQuery,
    body: none,
    reply: agentRow,
    role: 'viewer',
  }),
  'shadows.list': route({
    method: 'GET',
    path: '/api/shadow-agents',
    summary: 'Callers that nobody registered',
    params: noParams,
    query: pageQuery,
    body: none,
    reply: page(
      z.strictObject({
        fingerprint: z.string(),
        reason: z.string(),
        count: z.number(),
        firstSeen: z.string(),
        lastSeen: z.string(),
        path: z.string(),
        userAgent: z.string(),
        remoteAddress: z.string(),
      }),
    ),
  }),
  'whoCan.query': route({
    method: 'GET',
    path: '/api/who-can',
    summary: 'Which agents can do this, with the conditions left over',
    params: noParams,
    query: workspaceQuery.extend({ effect: z.string().optional(), tool: z.string().optional() }),
    body: none,
    reply: z.strictObject({
      items: z.array(
        z.strictObject({
          agent: z.string(),
          resource: z.string(),
          effect: z.string(),
          verdict: z.enum(['yes', 'conditional', 'no']),
          conditions: z.array(z.string()),
          words: z.array(z.string()).describe('The conditions in words.'),
          permits: z.array(z.string()),
          forbids: z.array(z.string()),
        }),
      ),
      next: z.null(),
    }),
    role: 'viewer',
  }),
  'policies.list': route({
    method: 'GET',
    path: '/api/policies',
    summary: 'Policies in force, base policies included',
    params: noParams,
    query: workspaceQuery,
    body: none,
    reply: z.strictObject({
      items: z.array(
        z.strictObject({ id: z.string(), file: z.string(), effect: z.string(), base: z.boolean(), text: z.string() }),
      ),
      next: z.null(),
    }),
    role: 'viewer',
  }),
  'guardrails.list': route({
    method: 'GET',
    path: '/api/guardrails/checks',
    summary: 'The catalogue of guardrail checks',
    params: noParams,
    query: z.strictObject({}),
    body: none,
    reply: z.strictObject({
      items: z.array(
        z.strictObject({ check: z.string(), summary: z.string(), on: z.array(z.string()), redacts: z.boolean() }),
      ),
      next: z.null(),
    }),
  }),
} as const;
