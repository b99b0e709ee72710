import { describe, expect, test } from 'vitest';
import { checkPolicies, type FleetFacts } from './check-policies.ts';
import { compilePolicies } from './compile-policies.ts';

const FACTS: FleetFacts = {
  unknownEntity: (_type, id) => (['refund', 'stripe', 'stripe.refund', 'small'].includes(id) ? undefined : `no ${id}`),
  effectOf: (tool) => (tool === 'stripe.refund' ? 'pay' : undefined),
  autonomyOf: () => 'supervised',
  outOfBounds: (_agent, type, id) => (type === 'Model' ? `refund does not list ${id}` : undefined),
};

async function check(text: string): Promise<string[]> {
  const { policies, problems } = await compilePolicies([{ path: 'p.cedar', text }]);
  const all = [...problems, ...(await checkPolicies(policies, FACTS))];
  return all.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const CALL = 'permit(principal, action == Reeve::Action::"call", resource)';

describe('what an apply refuses', () => {
  const rows: [name: string, text: string, expected: string[]][] = [
    ['nothing wrong', `${CALL} when { context.amount.lessThanOrEqual(decimal("100.0")) };`, []],
    [
      'an argument of any tool',
      `${CALL} when { context.args.path like "*/notes/*" && !(context.args.path like "*..*") };`,
      [],
    ],
    [
      'optional where asked for',
      `${CALL} unless { context has amount && context.amount.greaterThan(decimal("5.0")) };`,
      [],
    ],
    ['optional argument', `${CALL} when { context.args has a.b && context.args.a.b > 3 };`, []],
    [
      'syntax',
      '\n\n// é\npermit(principal = A::"x", action, resource);',
      [expect.stringMatching(/^4:8 .*'==' instead/)],
    ],
    ['second policy', `${CALL};\n  ${CALL} when { "é" = 3 };`, [expect.stringMatching(/^2:\d+ .*'=='/)]],
    [
      'misspelt attribute',
      `${CALL}\nwhen { context.amont == 3 };`,
      [expect.stringMatching(/^2:8 .*did you mean `amount`/)],
    ],
    ['wrong type', `${CALL}\nwhen { context.risk == "high" };`, [expect.stringMatching(/^2:/)]],
    [
      'argument of two types',
      `${CALL}\nwhen { context.args.n > 3 && context.args.n like "4*" };`,
      [expect.stringMatching(/^2:/)],
    ],
    [
      'argument asked for, then used bare',
      `${CALL}\nwhen { context.args has n || context.args.n > 3 };`,
      [expect.stringMatching(/^2:30 unable to guarantee.*`args.n`/)],
    ],
    ['template', 'permit(principal == ?principal, action, resource);', [expect.stringMatching(/template/)]],
    ['unknown agent', '\npermit(principal == Reeve::Agent::"refnd", action, resource);', ['2:21 no refnd']],
    ['unknown agent in a condition', `${CALL}\nwhen { principal == Reeve::Agent::"x" };`, ['2:21 no x']],
    ['unknown server', 'permit(principal, action, resource in Reeve::ToolServer::"erp");', ['1:39 no erp']],
    [
      'a server is not called',
      'permit(principal, action, resource == Reeve::ToolServer::"stripe");',
      [expect.stringMatching(/^1:1 .*applicable/)],
    ],
    [
      'a model is not called',
      'permit(principal, action == Reeve::Action::"call", resource == Reeve::Model::"small");',
      [expect.stringMatching(/^1:1 /)],
    ],
    [
      'unknown action',
      'permit(principal, action == Reeve::Action::"cal", resource);',
      [expect.stringMatching(/^1:\d+ .*Reeve::Action/)],
    ],
    [
      'unknown effect',
      `${CALL}\nwhen { context.effect == "reed" };`,
      [expect.stringMatching(/^2:26 context.effect is never "reed"; it is one of read/)],
    ],
    [
      'unknown effect in a set',
      `${CALL} when { ["read", "reed"].contains(context.effect) };`,
      [expect.stringMatching(/never "reed"/)],
    ],
    [
      'effect that the tool does not have',
      'permit(principal, action, resource == Reeve::Tool::"stripe.refund") when { context.effect == "read" };',
      [expect.stringMatching(/^1:1 can never match.*effect pay/)],
    ],
    ['always false', `${CALL} when { context.risk > 3 && false };`, [expect.stringMatching(/impossible|never match/)]],
    [
      'permit beyond the bounds',
      'permit(principal == Reeve::Agent::"refund", action, resource == Reeve::Model::"small");',
      [expect.stringMatching(/^1:\d+ can never match: refund does not list small/)],
    ],
    [
      'forbid beyond the bounds',
      'forbid(principal == Reeve::Agent::"refund", action, resource == Reeve::Model::"small");',
      [],
    ],
    [
      'one id twice',
      `@id("a") ${CALL};\n@id("a") ${CALL};`,
      [expect.stringMatching(/^2:1 another policy has the id a/)],
    ],
    ['text after the last policy', `${CALL}; permit`, [expect.stringMatching(/^1:/)]],
    [
      'semicolons in strings and comments',
      `// a;\n${CALL} when { context.run != ";//" /* x */ };`.replace('/* x */ ', ''),
      [],
    ],
  ];
  test.each(rows)('%s', async (_name, text, expected) => {
    expect(await check(text)).toEqual(expected);
  });
});
