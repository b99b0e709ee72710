import { z } from 'zod';
import { fleetSourceSchema, locatedProblemSchema } from '../fleet/fleet-change.ts';
import { durationSchema, nameSchema } from '../fleet/shared.ts';
import { none, noParams, route, workspaceQuery } from './route.ts';

const verdict = z.enum(['allow', 'hold', 'deny']);
const verdictCounts = z.strictObject({ allow: z.number(), hold: z.number(), deny: z.number() });
const fromTo = { from: verdict.describe('What rules said then, before people did.'), to: verdict };
const money = z.number().describe('Sum of what the declarations call the amount.');

const changeView = z.strictObject({
  action: z.string(),
  at: z.string(),
  agent: z.string(),
  target: z.string(),
  ...fromTo,
  amount: z.number().nullable(),
  rules: z.array(z.string()).describe('Policies and rules of the candidate that decide.'),
  rulesThen: z.array(z.string()),
  message: z.string(),
});

const loadView = z
  .strictObject({
    held: z.number(),
    heldBefore: z.number(),
    per100: z.number().describe('Held calls in a hundred.'),
    per100Before: z.number(),
    perDay: z.number(),
    perDayBefore: z.number(),
    approvers: z.array(z.strictObject({ approver: z.string(), held: z.number(), perDay: z.number() })),
    medianWaitSeconds: z.number().nullable().describe('How long people took so far; null where none was asked.'),
  })
  .describe('What people would have been asked.');

const reportView = z.strictObject({
  version: z.string().describe('Of the candidate.'),
  since: z.string(),
  until: z.string(),
  truncated: z.boolean().describe('There is more traffic than is replayed at once: the newest was.'),
  actions: z.number().describe('Calls that were judged again.'),
  secondOpinions: z.number().describe('Calls about which a model would have been asked; it was not, so they pass.'),
  notReplayed: z
    .strictObject({
      beforeRules: z.number().describe('Ended before any rule was asked: unknown, stopped, over a limit or budget.'),
      erased: z.number().describe('Their content was erased or ran out.'),
      tooLarge: z.number().describe('Their content was too large to keep.'),
      neverKept: z.number().describe('Refused or held then, and content of such calls is not kept.'),
    })
    .describe('Calls about which nothing is said, because nothing can be known.'),
  recorded: verdictCounts,
  candidate: verdictCounts,
  transitions: z.array(z.strictObject({ ...fromTo, count: z.number(), amount: money })),
  affected: z.array(
    z.strictObject({ ...fromTo, agent: z.string(), target: z.string(), count: z.number(), amount: money }),
  ),
  changes: z.array(changeView).describe('The first of those whose decision changes.'),
  rules: z.array(
    z.strictObject({ by: z.string(), rule: z.string(), allow: z.number(), hold: z.number(), deny: z.number() }),
  ),
  neverMatched: z.array(z.strictObject({ rule: z.string(), by: z.string(), file: z.string().nullable() })),
  load: loadView,
});
export type BacktestReport = z.infer<typeof reportView>;

const backtestView = z.strictObject({
  id: z.string(),
  workspace: z.string(),
  state: z.enum(['running', 'finished', 'failed', 'cancelled']),
  problems: z.array(locatedProblemSchema).describe('Of the candidate; not empty: nothing is replayed.'),
  failure: z.string().nullable(),
  actions: z.number().nullable().describe('Recorded actions to go through; null until they are counted.'),
  done: z.number(),
  changed: z.number().describe('Decisions that change, so far.'),
  seconds: z.number(),
  report: reportView.nullable(),
});
export type BacktestView = z.infer<typeof backtestView>;

const backtestParams = z.strictObject({ backtest: z.string() });

export const policyRoutes = {
  'backtests.start': route({
    method: 'POST',
    path: '/api/policies/backtests',
    summary: 'Replay recorded traffic through a fleet that is not in force',
    params: noParams,
    query: workspaceQuery,
    body: z.strictObject({
      files: fleetSourceSchema.shape.files.optional().describe('The candidate. Default: the fleet in force.'),
      since: durationSchema.default('30d').describe('How far back.'),
      agent: nameSchema.optional().describe('Report its calls only; those of others still count in signals.'),
      changes: z.number().int().min(0).max(1_000).default(20).describe('How many changed calls are named.'),
      limit: z.number().int().min(1).max(250_000).default(250_000).describe('At most so many actions, the newest.'),
    }),
    reply: backtestView,
  }),
  'backtests.get': route({
    method: 'GET',
    path: '/api/policies/backtests/:backtest',
    summary: 'How far a back-test is, and what it found',
    params: backtestParams,
    query: workspaceQuery,
    body: none,
    reply: backtestView,
  }),
  'backtests.cancel': route({
    method: 'DELETE',
    path: '/api/policies/backtests/:backtest',
    summary: 'End a back-test',
    params: backtestParams,
    query: workspaceQuery,
    body: none,
    reply: backtestView,
  }),
} as const;
