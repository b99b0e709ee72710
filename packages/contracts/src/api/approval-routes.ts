import { z } from 'zod';
import { none, noParams, page, pageQuery, route, streamRoute, workspaceQuery } from './route.ts';

const STATES = ['pending', 'approved', 'denied', 'expired', 'used', 'withdrawn'] as const;

const person = z.strictObject({ id: z.string(), name: z.string() });

const vote = z.strictObject({
  by: person,
  verdict: z.enum(['approve', 'deny']),
  at: z.string(),
  reason: z.string().nullable(),
  counts: z.boolean().describe('False: it was given for other arguments.'),
});

const approvalRow = z.strictObject({
  id: z.string(),
  state: z.enum(STATES),
  agent: z.string(),
  tool: z.string(),
  effect: z.string(),
  amount: z.number().nullable(),
  risk: z.number(),
  run: z.string(),
  action: z.string(),
  digest: z.string().describe('Of what would be executed; an approval must name it.'),
  requests: z.number().describe('How many equal calls this one question answers.'),
  approved: z.number().describe('How many people agreed so far.'),
  quorum: z.number(),
  edited: z.boolean(),
  requestedAt: z.string(),
  expiresAt: z.string(),
  decidedAt: z.string().nullable(),
});
export type ApprovalRow = z.infer<typeof approvalRow>;

const args = z.record(z.string(), z.unknown());

const approvalView = approvalRow.extend({
  words: z.string().describe('What would be done, in a sentence.'),
  args: args.nullable().describe('What would be executed; null once it was erased.'),
  edits: z
    .array(z.strictObject({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
    .describe('Where they differ from what the agent proposed.'),
  editedBy: z.string().nullable(),
  reversible: z.string(),
  subject: z.string().nullable(),
  destination: z.string().nullable(),
  reason: z.string().nullable().describe("The agent's own words: a claim, not a fact."),
  user: z.string().nullable(),
  session: z.string().nullable(),
  feature: z.string().nullable(),
  findings: z.array(
    z.strictObject({
      by: z.string(),
      verdict: z.string(),
      message: z.string(),
      rule: z.string().nullable(),
      score: z.number().nullable(),
      waitsFor: z.string().nullable(),
      evidence: z.array(
        z.strictObject({
          path: z.string(),
          value: z.string(),
          source: z.string(),
          sourceAction: z.string().nullable(),
          excerpt: z.string().nullable(),
        }),
      ),
    }),
  ),
  earlier: z
    .array(
      z.strictObject({
        action: z.string(),
        agent: z.string(),
        target: z.string().nullable(),
        outcome: z.string().nullable(),
        at: z.string(),
      }),
    )
    .describe('What the run did before, newest first.'),
  similar: z
    .array(
      z.strictObject({
        approval: z.string(),
        state: z.enum(STATES),
        same: z.boolean().describe('Whether it was about exactly this call.'),
        amount: z.number().nullable(),
        by: z.string().nullable(),
        reason: z.string().nullable(),
        decidedAt: z.string(),
      }),
    )
    .describe('Decisions about the same tool and agent, newest first.'),
  votes: z.array(vote),
  approvers: z.array(z.string()).describe('Who may decide; empty: every approver of the workspace.'),
  separated: z.array(z.string()).describe('Who may not approve: they have a part in it.'),
  objects: z.array(z.string()).describe('Approvals objects that cover it, most specific first.'),
  fleetVersion: z.string(),
  denial: z.string().nullable(),
});
export type ApprovalView = z.infer<typeof approvalView>;

const grantRow = z.strictObject({
  id: z.string(),
  agent: z.string(),
  tool: z.string(),
  approval: z.string(),
  args: z.enum(['any', 'same', 'some']),
  paths: z.array(z.string()).describe('Arguments that must be as they were.'),
  maxAmount: z.number().nullable(),
  flow: z.boolean(),
  used: z.number(),
  maxUses: z.number(),
  until: z.string(),
  by: z.string(),
  createdAt: z.string(),
  revokedAt: z.string().nullable(),
});

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'the digest that the approval shows');
const reason = z.string().min(1).max(1_000);
const lifetime = z.string().regex(/^\d{1,9}(m|h|d)$/, 'such as 30m, 8h or 7d');
const oneApproval = z.strictObject({ approval: z.string().max(64) });

const load = z.strictObject({
  agent: z.string().nullable(),
  tool: z.string().nullable(),
  actions: z.number(),
  held: z.number(),
  heldPer100: z.number(),
  decided: z.number(),
  medianWaitSeconds: z.number().nullable(),
});

export const approvalRoutes = {
  'approvals.list': route({
    method: 'GET',
    path: '/api/approvals',
    summary: 'Held actions that wait for people, and what became of them; newest first',
    params: noParams,
    query: pageQuery.extend({
      state: z.enum(STATES).optional(),
      agent: z.string().max(63).optional(),
      tool: z.string().max(200).optional(),
      run: z.string().max(200).optional().describe('By id or name.'),
    }),
    body: none,
    reply: page(approvalRow),
    role: 'approver',
  }),
  'approvals.metrics': route({
    method: 'GET',
    path: '/api/approvals/metrics',
    summary: 'What asking people costs: how much is held, and how long it waits',
    params: noParams,
    query: workspaceQuery.extend({ since: z.iso.datetime().optional().describe('Default: the last 30 days.') }),
    body: none,
    reply: z.strictObject({
      since: z.string(),
      total: load,
      items: z.array(load).describe('By agent and tool.'),
      truncated: z.boolean(),
    }),
    role: 'viewer',
  }),
  'approvals.events': streamRoute({
    method: 'GET',
    path: '/api/approvals/events',
    summary:
      'What happens to approvals, as it happens; goes on after Last-Event-ID, or says reset: read the list again',
    params: noParams,
    query: workspaceQuery,
    body: none,
    reply: z.strictObject({ event: z.string(), at: z.string(), by: z.string().nullable(), approval: approvalRow }),
    role: 'approver',
  }),
  'approvals.get': route({
    method: 'GET',
    path: '/api/approvals/:approval',
    summary: 'Everything that one needs to decide',
    params: oneApproval,
    query: workspaceQuery,
    body: none,
    reply: approvalView,
    role: 'approver',
  }),
  'approvals.approve': route({
    method: 'POST',
    path: '/api/approvals/:approval/approve',
    summary: 'Let it pass, once, as it was shown or with other arguments',
    params: oneApproval,
    query: workspaceQuery,
    body: z.strictObject({
      digest,
      args: args.optional().describe('To be executed in the place of the proposed ones; judged again like any call.'),
      count: z.number().int().min(1).max(1_000).optional().describe('How many of its equal requests; default 1.'),
      reason: reason.optional(),
    }),
    reply: approvalRow,
    role: 'approver',
  }),
  'approvals.deny': route({
    method: 'POST',
    path: '/api/approvals/:approval/deny',
    summary: 'Refuse it; the identical call stays refused until it expires',
    params: oneApproval,
    query: workspaceQuery,
    body: z.strictObject({ reason: reason.describe('The agent is told.') }),
    reply: approvalRow,
    role: 'approver',
  }),
  'approvals.grant': route({
    method: 'POST',
    path: '/api/approvals/:approval/grant',
    summary: 'Let it pass, and calls like it for a bounded time',
    params: oneApproval,
    query: workspaceQuery,
    body: z.strictObject({
      digest,
      for: lifetime,
      maxUses: z.number().int().min(1).max(10_000).default(10),
      args: z
        .union([z.enum(['same', 'any']), args])
        .default('same')
        .describe('The same arguments, any, or those that must be as they are: {"args.to": "maya@example.com"}.'),
      maxAmount: z.number().nonnegative().optional().describe('Default: the amount of this call, where it has one.'),
      flow: z.boolean().default(false).describe('Also lets pass what is held because of where its values came from.'),
      reason: reason.optional(),
    }),
    reply: approvalRow,
    role: 'approver',
  }),
  'grants.list': route({
    method: 'GET',
    path: '/api/grants',
    summary: 'Standing approvals, newest first',
    params: noParams,
    query: pageQuery,
    body: none,
    reply: page(grantRow),
    role: 'viewer',
  }),
  'grants.revoke': route({
    method: 'DELETE',
    path: '/api/grants/:grant',
    summary: 'End a standing approval now',
    params: z.strictObject({ grant: z.string().max(64) }),
    query: workspaceQuery,
    body: none,
    reply: z.strictObject({ id: z.string(), revoked: z.literal(true) }),
    role: 'approver',
  }),
} as const;
