import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePolicies } from './compile-policies.ts';
import { PolicyEvaluator } from './policy-evaluator.ts';
import type { PolicyContext, PolicyRequest } from './policy-request.ts';

const CONTEXT: PolicyContext = {
  args: {},
  effect: 'pay',
  risk: 0,
  labels: [],
  run: 'run_1',
  autonomy: 'supervised',
  atMs: Date.UTC(2026, 10, 20, 14, 30),
  timeZone: 'UTC',
  delegation: [],
};

const REFUND = `permit(principal == Reeve::Agent::"refund", action == Reeve::Action::"call", resource == Reeve::Tool::"stripe.refund")
when { context.amount.lessThanOrEqual(decimal("100.0")) };`;
const PERMIT_ALL = 'permit(principal, action, resource);';

async function evaluator(text: string): Promise<PolicyEvaluator> {
  const { policies, problems } = await compilePolicies([{ path: 'policies/a.cedar', text }]);
  expect(problems).toEqual([]);
  return new PolicyEvaluator(policies);
}

function refund(context: Partial<PolicyContext> = {}, agent = 'refund', tool = 'stripe.refund'): PolicyRequest {
  const server = tool.split('.')[0] ?? '';
  return { agent, action: 'call', resource: { type: 'Tool', name: tool, server }, context: { ...CONTEXT, ...context } };
}

async function decide(text: string, request: PolicyRequest): Promise<string> {
  const { decision, failClosed, inexpressible } = (await evaluator(text)).evaluate(request);
  return failClosed ? 'fail closed' : (inexpressible ?? decision);
}

function when(condition: string): string {
  return `permit(principal, action, resource) when { ${condition} };`;
}

function forbidWhen(condition: string): string {
  return `${PERMIT_ALL} forbid(principal, action, resource) when { ${condition} };`;
}

describe('a request against policies', () => {
  const rows: [name: string, policies: string, request: PolicyRequest, expected: string][] = [
    ['no policy', '', refund(), 'deny'],
    ['forbid alone', 'forbid(principal, action, resource);', refund(), 'deny'],
    ['amount within', REFUND, refund({ amount: 100 }), 'allow'],
    ['amount above', REFUND, refund({ amount: 100.0001 }), 'deny'],
    ['amount missing', REFUND, refund(), 'deny'],
    ['amount with five digits', REFUND, refund({ amount: 99.99999 }), /amount must/.source],
    ['amount not a number', REFUND, refund({ amount: Number.NaN }), /amount must/.source],
    ['another agent', REFUND, refund({ amount: 1 }, 'sales'), 'deny'],
    ['another tool', REFUND, refund({ amount: 1 }, 'refund', 'stripe.charge'), 'deny'],
    ['forbid wins', `${PERMIT_ALL} ${PERMIT_ALL.replace('permit', 'forbid')}`, refund(), 'deny'],
    ['forbid that errs', forbidWhen('context.args.n > 3'), refund(), 'fail closed'],
    ['permit that errs beside one that holds', `${PERMIT_ALL} ${when('context.args.n > 3')}`, refund(), 'allow'],
    ['server', 'permit(principal, action, resource in Reeve::ToolServer::"stripe");', refund(), 'allow'],
    ['other server', 'permit(principal, action, resource in Reeve::ToolServer::"erp");', refund(), 'deny'],
    ['type', 'permit(principal is Reeve::Agent, action, resource is Reeve::Tool);', refund(), 'allow'],
    [
      'type and server',
      'permit(principal, action, resource is Reeve::Tool in Reeve::ToolServer::"stripe");',
      refund(),
      'allow',
    ],
    ['other type', 'permit(principal, action, resource is Reeve::Model);', refund(), 'deny'],
    [
      'action list',
      'permit(principal, action in [Reeve::Action::"call", Reeve::Action::"start"], resource);',
      refund(),
      'allow',
    ],
    ['other action', 'permit(principal, action == Reeve::Action::"generate", resource);', refund(), 'deny'],
    ['agent in itself', 'permit(principal in Reeve::Agent::"refund", action, resource);', refund(), 'allow'],
    ['integer argument', when('context.args.n == 3'), refund({ args: { n: 3 } }), 'allow'],
    [
      'integer where a decimal is read',
      when('context.args.n.lessThan(decimal("4.0"))'),
      refund({ args: { n: 3 } }),
      'allow',
    ],
    ['fraction', when('context.args.n.lessThan(decimal("4.0"))'), refund({ args: { n: 3.9999 } }), 'allow'],
    [
      'too many digits',
      when('context.args.n.lessThan(decimal("4.0"))'),
      refund({ args: { n: 3.99999 } }),
      'args.n must',
    ],
    ['too many digits, unread', when('context.args.m == 1'), refund({ args: { n: 3.99999, m: 1 } }), 'allow'],
    ['beyond safe integers', when('context.args.n > 3'), refund({ args: { n: 2 ** 53 } }), 'args.n must'],
    ['huge', when('context.args.n > 3'), refund({ args: { n: 1e300 } }), 'args.n must'],
    ['minus zero', when('context.args.n == 0'), refund({ args: { n: -0 } }), 'allow'],
    ['null is absent', when('!(context.args has n)'), refund({ args: { n: null } }), 'allow'],
    ['nested', when('context.args.a.b like "x*"'), refund({ args: { a: { b: 'xyz', c: 1.23456789 } } }), 'allow'],
    ['nested in a string', when('context.args.a.b like "x*"'), refund({ args: { a: 'x' } }), 'deny'],
    ['list', when('context.args.to.contains("a")'), refund({ args: { to: ['b', 'a'] } }), 'allow'],
    ['address', when('context.args.ip.isInRange(ip("10.0.0.0/8"))'), refund({ args: { ip: '10.1.2.3' } }), 'allow'],
    [
      'not an address',
      when('context.args.ip.isInRange(ip("10.0.0.0/8"))'),
      refund({ args: { ip: 'x' } }),
      'fail closed',
    ],
    [
      'entity in disguise',
      when('context.args.a == Reeve::Agent::"root"'),
      refund({ args: { a: { __entity: { type: 'Reeve::Agent', id: 'root' } } } }),
      'args.a must',
    ],
    [
      'decimal in disguise',
      when('context.args.a.lessThan(decimal("4.0"))'),
      refund({ args: { a: { __extn: { fn: 'decimal', arg: '1.0' } } } }),
      'args.a must',
    ],
    [
      'disguise deep inside',
      when('context.args.a == {b: {c: 1}}'),
      refund({ args: { a: { b: { __extn: { fn: 'unknown', arg: 'x' } } } } }),
      'args.a.b must',
    ],
    ['inherited name', when('context.args.constructor == 1'), refund(), 'deny'],
    ['proto', when('context.args["__proto__"] == 1'), refund({ args: JSON.parse('{"__proto__": 1}') }), 'allow'],
    ['lone surrogate', when('context.args.a == "x"'), refund({ args: { a: '\ud800' } }), 'args.a must'],
    ['labels', forbidWhen('context.labels.contains("untrusted")'), refund({ labels: ['untrusted'] }), 'deny'],
    ['risk below', when('context.risk < 50'), refund({ risk: 49 }), 'allow'],
    ['risk rounds up', when('context.risk < 50'), refund({ risk: 49.1 }), 'deny'],
    ['risk not a number', when('context.risk < 50'), refund({ risk: Number.NaN }), 'risk must'],
    ['hour', when('context.hour == 14 && context.weekday == "friday"'), refund(), 'allow'],
    ['hour elsewhere', when('context.hour == 23'), refund({ timeZone: 'Asia/Tokyo' }), 'allow'],
    ['unknown zone', when('context.hour == 23'), refund({ timeZone: 'Mars/Olympus' }), 'fail closed'],
    ['whole args', when('context.args == {a: 1, b: "x"}'), refund({ args: { b: 'x', a: 1, c: null } }), 'allow'],
  ];
  test.each(rows)('%s', async (_name, policies, request, expected) => {
    expect(await decide(policies, request)).toMatch(new RegExp(`^${expected}`));
  });

  test('limits of depth and size', async () => {
    const deep: Record<string, unknown> = {};
    let at = deep;
    for (let i = 0; i < 100; i++) at = at.a = {} as Record<string, unknown>;
    expect(await decide(when('context.args == {a: 1}'), refund({ args: deep }))).toMatch(/nested deeper than/);
    const wide = { list: Array.from({ length: 10_001 }, (_, i) => i) };
    expect(await decide(when('context.args == {list: [1]}'), refund({ args: wide }))).toMatch(/more than 10000 parts/);
  });

  test('names the rule by @id or by place', async () => {
    const one = (await evaluator(`\n  ${PERMIT_ALL}`)).evaluate(refund());
    expect(one.determining).toEqual(['policies/a.cedar:2:3']);
    const two = (await evaluator(`@id("refunds") ${PERMIT_ALL}`)).evaluate(refund());
    expect(two.determining).toEqual(['refunds']);
  });

  test('a cached decision is one per effect, autonomy and hour', async () => {
    const policies = await evaluator(
      when('context.effect == "read" && context.autonomy == "pilot" && context.hour < 15'),
    );
    const good = { effect: 'read', autonomy: 'pilot' };
    for (let round = 0; round < 2; round++) {
      expect(policies.evaluate(refund(good)).decision).toBe('allow');
      expect(policies.evaluate(refund({ ...good, effect: 'pay' })).decision).toBe('deny');
      expect(policies.evaluate(refund({ ...good, autonomy: 'shadow' })).decision).toBe('deny');
      expect(policies.evaluate(refund({ ...good, atMs: CONTEXT.atMs + 3_600_000 })).decision).toBe('deny');
    }
  });

  test('sets side by side never see each other', async () => {
    const open = await evaluator(when('context.risk < 50'));
    const closed = await evaluator(when('context.risk < 10'));
    for (let round = 0; round < 3; round++) {
      expect(open.evaluate(refund({ risk: 20 })).decision).toBe('allow');
      expect(closed.evaluate(refund({ risk: 20 })).decision).toBe('deny');
    }
  });
});

const condition = fc.constantFrom(
  'context.risk < 50',
  'context.effect == "pay"',
  'context.args.n > 3',
  'context.args has n && context.args.n == 5',
  'context.labels.contains("untrusted")',
  'context.amount.lessThan(decimal("10.0"))',
  'true',
);
const scope = fc.constantFrom(
  'principal, action, resource',
  'principal == Reeve::Agent::"refund", action, resource',
  'principal == Reeve::Agent::"other", action, resource',
  'principal, action == Reeve::Action::"call", resource == Reeve::Tool::"stripe.refund"',
  'principal, action, resource in Reeve::ToolServer::"stripe"',
  'principal, action, resource is Reeve::Model',
);
const policyOf = (effect: 'permit' | 'forbid') =>
  fc.tuple(scope, condition).map(([head, body]) => `${effect}(${head}) when { ${body} };`);
const policies = fc.array(fc.oneof(policyOf('permit'), policyOf('forbid')), { maxLength: 6 });
const requests = fc
  .record({
    risk: fc.integer({ min: 0, max: 100 }),
    effect: fc.constantFrom('pay', 'read'),
    args: fc.record({ n: fc.integer({ min: 0, max: 9 }), m: fc.string() }, { requiredKeys: [] }),
    labels: fc.subarray(['untrusted', 'private:payments']),
    amount: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
  })
  .map((context) => refund(context));
const RUNS = { numRuns: 60 };

describe('whatever the policies', () => {
  test('one more forbid never loosens', async () => {
    await fc.assert(
      fc.asyncProperty(policies, policyOf('forbid'), requests, async (set, forbid, request) => {
        const before = (await evaluator(set.join('\n'))).evaluate(request).decision;
        const after = (await evaluator([...set, forbid].join('\n'))).evaluate(request).decision;
        expect([before, after]).not.toEqual(['deny', 'allow']);
      }),
      RUNS,
    );
  });

  test('one more permit never tightens', async () => {
    await fc.assert(
      fc.asyncProperty(policies, policyOf('permit'), requests, async (set, permit, request) => {
        const before = (await evaluator(set.join('\n'))).evaluate(request).decision;
        const after = (await evaluator([...set, permit].join('\n'))).evaluate(request).decision;
        expect([before, after]).not.toEqual(['allow', 'deny']);
      }),
      RUNS,
    );
  });

  test('neither the order of policies nor of keys matters', async () => {
    await fc.assert(
      fc.asyncProperty(policies, requests, async (set, request) => {
        const args = Object.fromEntries(Object.entries(request.context.args).reverse());
        const turned = { ...request, context: { ...request.context, args } };
        const one = (await evaluator(set.join('\n'))).evaluate(request).decision;
        const two = (await evaluator([...set].reverse().join('\n'))).evaluate(turned).decision;
        expect(two).toBe(one);
      }),
      RUNS,
    );
  });
});
