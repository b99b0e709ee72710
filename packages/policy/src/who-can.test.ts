import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policyToJson } from './cedar.ts';
import { compilePolicies } from './compile-policies.ts';
import { readExpression } from './expression.ts';
import { expressionText } from './expression-text.ts';
import { PolicyEvaluator } from './policy-evaluator.ts';
import type { Known } from './residual.ts';
import { type Prospect, prospect } from './who-can.ts';

const KNOWN: Known = {
  principal: { type: 'Reeve::Agent', id: 'refund' },
  action: { type: 'Reeve::Action', id: 'call' },
  resource: { type: 'Reeve::Tool', id: 'stripe.refund', parent: { type: 'Reeve::ToolServer', id: 'stripe' } },
  context: { effect: 'pay', autonomy: 'supervised' },
};

async function ask(...texts: string[]): Promise<Prospect> {
  const { policies, problems } = await compilePolicies([{ path: 'p.cedar', text: texts.join('\n') }]);
  expect(problems).toEqual([]);
  return prospect(policies, KNOWN);
}

function permit(condition: string): string {
  return `permit(principal, action, resource) when { ${condition} };`;
}

function forbid(condition: string): string {
  return `forbid(principal, action, resource) when { ${condition} };`;
}

describe('what is left of policies before there is a request', () => {
  const rows: [name: string, texts: string[], verdict: string, words: string[]][] = [
    ['nothing', [], 'no', []],
    ['known effect', [permit('context.effect == "pay"')], 'yes', []],
    ['other effect', [permit('context.effect == "read"')], 'no', []],
    ['effect in a set', [permit('["read", "pay"].contains(context.effect)')], 'yes', []],
    [
      'amount',
      [permit('context.amount.lessThanOrEqual(decimal("100.0"))')],
      'conditional',
      ['amount is at most 100.0'],
    ],
    [
      'known part falls away',
      [permit('context.effect == "pay" && context.risk < 50')],
      'conditional',
      ['risk is below 50'],
    ],
    ['resource', [permit('resource in Reeve::ToolServer::"stripe" && principal is Reeve::Agent')], 'yes', []],
    ['other resource', [permit('resource == Reeve::Tool::"x.y"')], 'no', []],
    ['sure permit beside a conditional one', [permit('context.risk < 50'), permit('true')], 'yes', []],
    ['sure forbid', [permit('true'), forbid('context.autonomy == "supervised"')], 'no', []],
    [
      'forbid under conditions',
      [permit('true'), forbid('context.labels.contains("untrusted")')],
      'conditional',
      ['unless labels contains untrusted'],
    ],
    [
      'unless',
      ['permit(principal, action, resource) unless { context.args has to && context.args.to like "*@evil" };'],
      'conditional',
      ['not (args.to is given and args.to looks like "*@evil")'],
    ],
    [
      'what could err is never sure',
      [permit('context.args.n > 3 || true')],
      'conditional',
      ['args.n is above 3 or true'],
    ],
    [
      'if',
      [permit('if context.effect == "pay" then context.hour < 18 else false')],
      'conditional',
      ['hour is below 18'],
    ],
  ];
  test.each(rows)('%s', async (_name, texts, verdict, words) => {
    const found = await ask(...texts);
    expect(found.verdict).toBe(verdict);
    expect(found.conditions.map((condition) => condition.words.replaceAll('"untrusted"', 'untrusted'))).toEqual(words);
  });

  test('a forbid that is never true but may err leaves the answer open', async () => {
    const permitted = 'permit(principal, action, resource) when { context.effect == "pay" };';
    const errs = 'forbid(principal, action, resource) when { !(context.args.n > 3) && context.effect != "pay" };';
    expect((await ask(permitted, errs)).verdict).toBe('conditional');
    const cannot = 'forbid(principal, action, resource) when { context.effect != "pay" && !(context.args.n > 3) };';
    expect((await ask(permitted, cannot)).verdict).toBe('yes');
  });

  test('the engine agrees with every certain answer', async () => {
    const atom = fc.constantFrom(
      'context.effect == "pay"',
      'context.effect != "pay"',
      'context.autonomy == "pilot"',
      'resource in Reeve::ToolServer::"stripe"',
      'principal == Reeve::Agent::"other"',
      'context.risk < 50',
      'context.args.n > 3',
      'context.args has n',
      'true',
    );
    const { condition } = fc.letrec<{ condition: string }>((tie) => ({
      condition: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        atom,
        fc
          .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie('condition').map((inner) => `!(${inner})`),
        fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(if ${a} then ${b} else false)`),
      ),
    }));
    const policy = fc.tuple(fc.constantFrom(permit, forbid), condition).map(([make, body]) => make(body));
    const args = fc.constantFrom({}, { n: 1 }, { n: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(policy, { maxLength: 4 }),
        args,
        fc.constantFrom(10, 90),
        async (texts, given, risk) => {
          const found = await ask(...texts);
          const { policies } = await compilePolicies([{ path: 'p.cedar', text: texts.join('\n') }]);
          const { decision } = new PolicyEvaluator(policies).evaluate({
            agent: 'refund',
            action: 'call',
            resource: { type: 'Tool', name: 'stripe.refund', server: 'stripe' },
            context: {
              args: given,
              effect: 'pay',
              risk,
              labels: [],
              run: 'r',
              autonomy: 'supervised',
              atMs: 0,
              timeZone: 'UTC',
              delegation: [],
            },
          });
          if (found.verdict === 'yes') expect(decision).toBe('allow');
          if (found.verdict === 'no') expect(decision).toBe('deny');
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('conditions as text', () => {
  const texts = [
    '(context.risk + 1) < -5',
    '!(context.labels.containsAny(["a"]))',
    'context.subject like "a*\\*b" && context.run != "x\\"y\\n"',
    'if true then false else (5 == 4)',
    '(context.risk < 1 || context.risk > 5) && context.args has "a b"',
    'context.args["a b"] == [1, 2] && context.args == {"a": {"b c": 1}}',
    'ip("1.2.3.4").isInRange(ip("1.0.0.0/8")) || context.args.a.b.lessThan(decimal("1.5"))',
    'resource is Reeve::Tool in Reeve::ToolServer::"a" && context.labels.isEmpty()',
    'context.args has a.b.c && (-(context.risk)) == 2',
    '(context.risk - (1 - 2)) == 3',
  ];
  test.each(texts)('%s reads back as itself', (text) => {
    const once = read(text);
    expect(read(expressionText(once))).toEqual(once);
  });

  function read(condition: string) {
    const answer = policyToJson(`permit(principal, action, resource) when { ${condition} };`);
    if (answer.type !== 'success') throw new Error(`${condition}: ${answer.errors[0]?.message}`);
    return readExpression(answer.json.conditions[0]?.body);
  }
});
