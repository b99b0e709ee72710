import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicies } from './compile-policies.ts';
import type { Evaluation } from './decide-layer.ts';
import { explain } from './explain.ts';
import { PolicyEvaluator } from './policy-evaluator.ts';
import type { PolicyContext, PolicyRequest } from './policy-request.ts';
import { prospect } from './who-can.ts';

const CONTEXT: PolicyContext = {
  args: {},
  effect: 'pay',
  risk: 0,
  labels: [],
  run: 'run_1',
  autonomy: 'supervised',
  atMs: Date.UTC(2026, 10, 2, 10),
  timeZone: 'UTC',
  delegation: [],
};
const PERMIT = '@id("all") permit (principal, action, resource);';

function request(context: Partial<PolicyContext> = {}): PolicyRequest {
  const resource = { type: 'Tool', name: 'stripe.refund', server: 'stripe' } as const;
  return { agent: 'refund', action: 'call', resource, context: { ...CONTEXT, ...context } };
}

async function evaluatorOf(...policies: string[]): Promise<PolicyEvaluator> {
  const compiled = await compilePolicies([{ path: 'policies/p.cedar', text: policies.join('\n') }]);
  expect(compiled.problems).toEqual([]);
  return new PolicyEvaluator(compiled.policies);
}

async function decide(policies: readonly string[], context: Partial<PolicyContext> = {}): Promise<Evaluation> {
  return (await evaluatorOf(...policies)).evaluate(request(context));
}

describe('@hold', () => {
  const HOLD =
    '@id("large") @hold("person") @message("over 100 a person must agree") forbid (principal, action, resource) when { context.amount.greaterThan(decimal("100.0")) };';

  it('makes a call wait that would be allowed otherwise', async () => {
    const evaluation = await decide([PERMIT, HOLD], { amount: 250 });
    expect(evaluation).toMatchObject({ decision: 'hold', determining: ['large'], failClosed: false });
    expect(evaluation.holds).toEqual([
      { policy: 'large', waitsFor: 'person', message: 'over 100 a person must agree' },
    ]);
  });

  it('leaves alone what its conditions do not meet', async () => {
    expect(await decide([PERMIT, HOLD], { amount: 50 })).toMatchObject({ decision: 'allow', determining: ['all'] });
  });

  it('never opens what no permit allows', async () => {
    const reads = '@id("reads") permit (principal, action, resource) when { context.effect == "read" };';
    expect(await decide([reads, HOLD], { amount: 250 })).toMatchObject({ decision: 'deny', determining: [] });
  });

  it('yields to a forbid that does not hold, and to one that cannot be evaluated', async () => {
    const never = '@id("never") @message("payments are off") forbid (principal, action, resource);';
    const denied = await decide([PERMIT, HOLD, never], { amount: 250 });
    expect(denied).toMatchObject({ decision: 'deny', determining: ['never'], message: 'payments are off' });
    const erring = '@id("erring") forbid (principal, action, resource) when { context.args.missing > 1 };';
    expect(await decide([PERMIT, HOLD, erring], { amount: 250 })).toMatchObject({
      decision: 'deny',
      failClosed: true,
    });
    const holdErring = erring.replace('forbid', '@hold("facts") forbid');
    expect(await decide([PERMIT, HOLD, holdErring], { amount: 250 })).toMatchObject({ failClosed: true });
  });

  it('says of each what it waits for', async () => {
    const facts = '@id("unclear") @hold("facts") forbid (principal, action, resource);';
    const evaluation = await decide([PERMIT, HOLD, facts], { amount: 250 });
    expect(evaluation.holds?.map(({ policy, waitsFor }) => [policy, waitsFor])).toEqual([
      ['large', 'person'],
      ['unclear', 'facts'],
    ]);
  });

  it('is remembered as every decision is, and explained', async () => {
    const evaluator = await evaluatorOf(PERMIT, '@id("h") @hold("person") forbid (principal, action, resource);');
    expect(evaluator.evaluate(request())).toBe(evaluator.evaluate(request()));
    const explanation = explain(evaluator.candidates(request()), evaluator.evaluate(request()));
    expect(explanation).toMatchObject({ summary: 'held by h', near: [] });
  });

  it('is a condition of who-can, not a no', async () => {
    const { policies } = await compilePolicies([
      { path: 'policies/p.cedar', text: `${PERMIT}\n@id("h") @hold("person") forbid (principal, action, resource);` },
    ]);
    expect(prospect(policies, {})).toMatchObject({
      verdict: 'conditional',
      conditions: [{ policy: 'h', words: 'waits for a person' }],
    });
  });
});

describe('@mode("dry-run")', () => {
  const FORBID = '@id("try") @mode("dry-run") forbid (principal, action, resource);';

  it('decides nothing, and tells what it would have decided', async () => {
    const evaluation = await decide([PERMIT, FORBID]);
    expect(evaluation).toMatchObject({ decision: 'allow', determining: ['all'] });
    expect(evaluation.dryRun).toEqual({
      decision: 'deny',
      determining: ['try'],
      failClosed: false,
      policies: ['try'],
    });
  });

  it('a permit opens nothing', async () => {
    const evaluation = await decide(['@id("try") @mode("dry-run") permit (principal, action, resource);']);
    expect(evaluation).toMatchObject({ decision: 'deny', determining: [], dryRun: { decision: 'allow' } });
  });

  it('one that cannot be evaluated, or that reads an argument as another type, changes no decision', async () => {
    const reads = '@id("small") permit (principal, action, resource) when { context.args.n < 10 };';
    const other =
      '@id("try") @mode("dry-run") forbid (principal, action, resource) when { context.args.n.lessThan(decimal("1.0")) };';
    const erring =
      '@id("erring") @mode("dry-run") forbid (principal, action, resource) when { context.args.absent == 1 };';
    expect(await decide([reads, other, erring], { args: { n: 5 } })).toMatchObject({
      decision: 'allow',
      determining: ['small'],
    });
  });

  it('is no part of who-can', async () => {
    const { policies } = await compilePolicies([{ path: 'policies/p.cedar', text: `${PERMIT}\n${FORBID}` }]);
    expect(prospect(policies, {})).toMatchObject({ verdict: 'yes', forbids: [] });
  });
});

it('a forbid that holds never widens access, whatever stands beside it', async () => {
  const order = { allow: 0, hold: 1, deny: 2 } as const;
  const clause = fc.constantFrom('', ' when { context.risk > 50 }', ' when { context.hour >= 18 }');
  const policy = fc.record({ effect: fc.constantFrom('permit', 'forbid'), clause });
  await fc.assert(
    fc.asyncProperty(
      fc.array(policy, { maxLength: 5 }),
      clause,
      fc.integer({ min: 0, max: 100 }),
      async (list, c, risk) => {
        const texts = list.map((one) => `${one.effect} (principal, action, resource)${one.clause};`);
        const hold = `@hold("person") forbid (principal, action, resource)${c};`;
        const before = await decide(texts, { risk });
        const after = await decide([...texts, hold], { risk });
        expect(order[after.decision]).toBeGreaterThanOrEqual(order[before.decision]);
        if (before.decision === 'deny') expect(after.decision).toBe('deny');
      },
    ),
    { numRuns: 60 },
  );
});

it.each([
  [
    '@hold("nobody") forbid (principal, action, resource);',
    '@hold says what the call waits for: @hold("person") or @hold("facts")',
  ],
  ['@hold("person") permit (principal, action, resource);', '@hold belongs on a forbid: a permit holds nothing'],
  ['@message("") forbid (principal, action, resource);', '@message is empty; say what would make the call pass'],
  ['@mode("shadow") forbid (principal, action, resource);', '@mode is @mode("dry-run") or @mode("enforce")'],
  [
    '@aproval("x") forbid (principal, action, resource);',
    'unknown annotation @aproval; known are @id, @description, @hold, @message, @mode',
  ],
])('refuses %s', async (text, message) => {
  const { policies, problems } = await compilePolicies([{ path: 'policies/p.cedar', text: `${PERMIT}\n  ${text}` }]);
  expect(policies).toHaveLength(1);
  expect(problems).toEqual([{ file: 'policies/p.cedar', line: 2, column: 3, message }]);
});
