import type { ActionId, Finding } from '@reeve/contracts';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId, ReeveError } from '../../lib/index.ts';
import type { CompletedAction, ProposedAction, WholeReply } from '../action.ts';
import { actionRoutes } from './index.ts';

let app: FastifyInstance;
let proposed: ProposedAction[];
let ending: Partial<CompletedAction>;
const known = newId('action');
const signedIn = { authorization: 'Bearer rk', 'x-reeve-feature': 'refunds' };

const allowed: Finding = { by: 'policy', verdict: 'allow', message: 'permitted', rule: 'policies/secret-name.cedar' };
const reply = {
  kind: 'whole',
  status: 200,
  headers: {},
  body: Buffer.from('{"id":"re_1"}'),
  sideEffect: 're_1',
} as unknown as WholeReply;

beforeEach(async () => {
  proposed = [];
  ending = {
    outcome: { kind: 'succeeded' },
    decision: { verdict: 'allow', findings: [allowed], fleetVersion: 'sha256:0' },
    reply,
    costNanoUsd: 20_000_000,
  };
  app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  app.setErrorHandler((error, _, response) => {
    const { code, status } = error as ReeveError;
    response.code(status ?? 500).send(JSON.stringify({ error: { code, message: (error as Error).message } }));
  });
  await app.register(
    actionRoutes({
      pipeline: {
        run: async (propose) => {
          const action = propose();
          proposed.push(action);
          return { action, run: undefined, usage: undefined, streaming: false, ...ending } as CompletedAction;
        },
      },
      tools: { find: () => undefined },
      callers: {
        callerOf: async (presented) => {
          if (presented.secret !== 'rk') throw new ReeveError('unauthenticated');
          return { identity: { workspace: 'default', agent: 'refund', credentialId: 'key_1' } };
        },
        identify: () => undefined,
      },
      actionState: async (identity, action: ActionId) =>
        identity.agent === 'refund' && action === known ? { id: action } : undefined,
    }),
  );
});

afterEach(() => app.close());

async function post(body: unknown, headers: Record<string, string> = {}) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await app.inject({
    method: 'POST',
    url: '/actions',
    payload,
    headers: { ...signedIn, 'content-type': 'application/json', ...headers },
  });
  return { status: response.statusCode, body: response.json() as Record<string, unknown>, headers: response.headers };
}

test('a proposal that is permitted comes back with its result, and without the names of rules', async () => {
  const { status, body, headers } = await post(
    { tool: 'stripe.refund', args: { charge: 'ch_1' }, reason: 'duplicate' },
    { 'idempotency-key': 'order-17' },
  );
  const id = proposed[0]?.id;
  expect(status).toBe(200);
  expect(body).toEqual({
    action: id,
    run: null,
    tool: 'stripe.refund',
    decision: { verdict: 'allow', findings: [{ by: 'policy', verdict: 'allow', message: 'permitted' }] },
    outcome: { kind: 'succeeded' },
    result: { id: 're_1' },
    costUsd: '0.02',
    sideEffect: 're_1',
  });
  expect(headers).toMatchObject({ 'x-reeve-action': id, 'x-reeve-decision': 'allow', 'x-reeve-cost-usd': '0.02' });
  expect(proposed[0]).toMatchObject({
    kind: 'tool.call',
    idempotencyKey: 'order-17',
    attribution: { feature: 'refunds', reason: 'duplicate' },
  });
});

test.each([
  ['denied', 'policy_denied', 403],
  ['held', 'approval_required', 403],
  ['unknown_caller', 'unauthenticated', 401],
  ['over_limit', 'rate_limited', 429],
  ['invalid', 'invalid_arguments', 400],
  ['failed_closed', 'fail_closed', 403],
  ['timed_out', 'upstream_timeout', 504],
] as const)('an action that ended as %s answers %s with %i', async (kind, code, expected) => {
  ending = {
    outcome: { kind, code, message: 'why', retryAfterSeconds: 3 },
    decision: undefined,
    reply: undefined,
    costNanoUsd: 0,
  };
  const { status, body, headers } = await post({ tool: 'stripe.refund' });
  expect(status).toBe(expected);
  expect(body).toMatchObject({ error: { code, message: 'why', action: proposed[0]?.id, run: null } });
  expect(headers['retry-after']).toBe('3');
});

test('what the upstream itself refused is a result', async () => {
  ending = {
    ...ending,
    outcome: { kind: 'upstream_failed', code: 'upstream_failed', message: 'the API answered 402' },
  };
  const { status, body } = await post({ tool: 'stripe.refund' });
  expect([status, body.outcome]).toEqual([
    200,
    { kind: 'upstream_failed', code: 'upstream_failed', message: 'the API answered 402' },
  ]);
});

test('a dry run says the decision, whatever it is, and takes no idempotency key', async () => {
  const denial: Finding = { by: 'policy', verdict: 'deny', code: 'policy_denied', message: 'no permit' };
  ending = {
    outcome: { kind: 'denied', code: 'policy_denied' },
    decision: { verdict: 'deny', findings: [denial], fleetVersion: 'sha256:0' },
    reply: undefined,
    costNanoUsd: 0,
  };
  const { status, body } = await post({ tool: 'stripe.refund', dryRun: true }, { 'idempotency-key': 'k' });
  expect([status, body.dryRun, body.outcome, body.result]).toEqual([200, true, null, null]);
  expect(body.decision).toMatchObject({ verdict: 'deny' });
  expect(proposed[0]).toMatchObject({ dryRun: true });
  expect(proposed[0]).not.toHaveProperty('idempotencyKey');
});

test.each([
  ['{', {}, 'invalid_request'],
  ['[]', {}, 'invalid_request'],
  ['{"args":{}}', {}, 'invalid_request'],
  ['{"tool":"a.b","args":[]}', {}, 'invalid_request'],
  ['{"tool":"a.b","unknown":1}', {}, 'invalid_request'],
  ['{"tool":"a.b"}', { 'content-type': 'text/plain' }, 'unsupported_media_type'],
  ['{"tool":"a.b","reason":"a\\u0000"}', {}, 'invalid_request'],
  ['{"tool":"a.b"}', { 'x-reeve-run': '../x' }, 'invalid_request'],
  ['{"tool":"a.b"}', { 'idempotency-key': 'with space' }, 'invalid_request'],
])('bad input %s %j never becomes an action', async (text, headers, code) => {
  const { status, body } = await post(text, headers);
  expect(body).toMatchObject({ error: { code } });
  expect(status).toBeLessThan(500);
  expect(proposed).toEqual([]);
});

test("an action's state is shown to its own agent only", async () => {
  const get = async (id: string) => (await app.inject({ url: `/actions/${id}`, headers: signedIn })).statusCode;
  expect(await get(known)).toBe(200);
  expect(await get(newId('action'))).toBe(404);
  expect(await get('act_x')).toBe(404);
  expect((await app.inject({ url: `/actions/${known}` })).statusCode).toBe(401);
});
