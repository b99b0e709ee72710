import { expect, it } from 'vitest';
import { caseTime } from './case-time.ts';
import { runPolicyTests } from './run-policy-tests.ts';

const FLEET = `
kind: Workspace
name: acme
timeZone: Europe/Berlin
---
kind: Agent
name: refund
owner: maya@example.com
purpose: Refund charges
tools: ["stripe.*"]
models: [small]
---
kind: ToolServer
name: stripe
transport: { http: "https://mcp.example.com/mcp" }
tools:
  list_charges: { effect: read }
  refund: { effect: pay, amount: "args.amount_cents / 100.0" }
---
kind: Model
name: small
targets: [{ provider: openai, model: gpt-5-mini }]
`;
const POLICIES = `@id("refunds") permit (principal == Reeve::Agent::"refund", action == Reeve::Action::"call", resource == Reeve::Tool::"stripe.refund");
@id("large") @hold("person") @message("above 100 a person must agree") forbid (principal, action, resource == Reeve::Tool::"stripe.refund") when { context.amount.greaterThan(decimal("100.0")) };
@id("night") @mode("dry-run") forbid (principal, action, resource) when { context.hour >= 22 };
@id("risky") forbid (principal, action, resource) when { context.risk > 90 };`;
const SOURCE = {
  files: [
    { path: 'fleet.yaml', text: FLEET },
    { path: 'policies/refund.cedar', text: POLICIES },
  ],
};

const run = (text: string) => runPolicyTests(SOURCE, [{ path: 'policies/refund.test.yaml', text }]);

it('runs cases through the engine, with what the declarations make of the arguments', async () => {
  const report = await run(`
agent: refund
tool: stripe.refund
cases:
  - { name: small, args: { amount_cents: 4000 }, expect: allow, rule: refunds }
  - { name: large, args: { amount_cents: 20000 }, expect: hold, rule: large, waitsFor: person, message: a person must agree }
  - { name: at night, args: { amount_cents: 1 }, time: "2026-11-02T23:30", expect: allow, wouldBe: deny }
  - { name: risky, args: { amount_cents: 1 }, risk: 95, expect: deny, rule: [risky] }
  - { name: unsaid, args: {}, expect: deny, message: the amount of this call }
  - { name: a read, tool: stripe.list_charges, expect: allow }
  - { name: nobody declared it, tool: stripe.wipe, expect: deny }
  - { name: a model, model: small, expect: allow }
`);
  expect(report.results.filter(({ fault }) => fault !== undefined)).toEqual([]);
  expect(report).toMatchObject({ problems: [], passed: 8, failed: 0 });
  expect(report.coverage.map(({ rule, decided }) => [rule, decided])).toEqual([
    ['refunds', 2],
    ['large', 1],
    ['night', 1],
    ['risky', 1],
  ]);
});

it('says where a case fails and why, and which policy no case met', async () => {
  const report = await run(`cases:
  - name: passes
    agent: refund
    tool: stripe.refund
    args: { amount_cents: 20000 }
    expect: allow
  - { name: other rule, agent: refund, tool: stripe.refund, args: { amount_cents: 1 }, expect: allow, rule: base.read }
`);
  expect(report.results.map(({ line, column, fault }) => [line, column, fault])).toEqual([
    [6, 13, 'expected allow, got hold by large (above 100 a person must agree)'],
    [7, 96, 'expected allow by base.read, got it by refunds'],
  ]);
  expect(report.failed).toBe(2);
  expect(report.coverage.filter(({ decided }) => decided === 0).map(({ rule }) => rule)).toEqual(['night', 'risky']);
});

it.each([
  ['cases: [{ name: a, expect: allow, tool: stripe.refund }]', 'name the agent, here or above the cases'],
  [
    'cases: [{ name: a, expect: allow, agent: refnd, tool: stripe.refund }]',
    'no agent is named "refnd"; there are refund',
  ],
  [
    'cases: [{ name: a, expect: allow, agent: refund }]',
    'say what is called: a tool or a model, here or above the cases',
  ],
  ['cases: [{ name: a, expect: allow, agent: refund, tool: x.y }]', 'no tool server is named "x"; there are stripe'],
  ['cases: [{ name: a, expect: alow, agent: refund, tool: x.y }]', 'did you mean "allow"?'],
  ['cases: []', 'expected at least 1 items; found an empty list'],
  ['case: []', 'unknown key "case"; did you mean "cases"?'],
])('teaches: %s', async (text, message) => {
  const { problems, results } = await run(text);
  expect(results).toEqual([]);
  expect(problems.some((problem) => problem.message.includes(message))).toBe(true);
});

it('does not run against a fleet that has problems', async () => {
  const report = await runPolicyTests(
    {
      files: [{ path: 'policies/p.cedar', text: 'permit (principal, action, resource) when { context.hour > "x" };' }],
    },
    [],
  );
  expect(report.problems).toHaveLength(1);
});

it('takes a time as on the clocks of the workspace, in summer and in winter', () => {
  expect(new Date(caseTime('2026-07-01T12:00', 'Europe/Berlin')).toISOString()).toBe('2026-07-01T10:00:00.000Z');
  expect(new Date(caseTime('2026-12-01T12:00', 'Europe/Berlin')).toISOString()).toBe('2026-12-01T11:00:00.000Z');
  expect(new Date(caseTime('2026-12-01T12:00Z', 'Europe/Berlin')).toISOString()).toBe('2026-12-01T12:00:00.000Z');
  expect(new Date(caseTime('2026-12-01T12:00', 'America/New_York')).toISOString()).toBe('2026-12-01T17:00:00.000Z');
});

const RULES = `
kind: RiskRules
name: charging
signals:
  - { name: refunds, on: stripe.refund, aggregate: count, by: [agent], window: 1h }
rules:
  - { id: many, when: 'action.tool == "stripe.refund" && signals.refunds >= 3', score: 70, say: many refunds in an hour }
  - { id: never, when: 'action.tool == "stripe.refund" && args.amount_cents > 900000.0', verdict: deny, say: too much }
thresholds: { hold: 60, deny: 95 }
`;

it('rules of risk see the history of a case, or the signals that it gives, and nothing of another case', async () => {
  const source = { files: [...SOURCE.files, { path: 'rules.yaml', text: RULES }] };
  const text = `agent: refund
tool: stripe.refund
cases:
  - { name: alone, args: { amount_cents: 1 }, expect: allow }
  - { name: fourth, args: { amount_cents: 1 }, history: [{ ago: 30m, times: 3 }], expect: hold, rule: charging/many }
  - { name: long ago, args: { amount_cents: 1 }, history: [{ ago: 3h, times: 3 }], expect: allow }
  - { name: told, args: { amount_cents: 1 }, signals: { refunds: 9 }, expect: hold, waitsFor: person }
  - { name: told of none, args: { amount_cents: 1 }, signals: { charging/refunds: 0 }, history: [{ ago: 1m, times: 9 }], expect: allow }
  - { name: alone again, args: { amount_cents: 1 }, expect: allow }
  - { name: given risk, args: { amount_cents: 1 }, history: [{ ago: 1m, times: 9 }], risk: 10, expect: allow }
`;
  const report = await runPolicyTests(source, [{ path: 'policies/r.test.yaml', text }]);
  expect(report.problems).toEqual([]);
  expect(report.results.map(({ name, fault }) => [name, fault])).toEqual(
    report.results.map(({ name }) => [name, undefined]),
  );
  expect(report.coverage.filter(({ by }) => by === 'risk').map(({ rule, decided }) => [rule, decided])).toEqual([
    ['charging/never', 0],
    ['charging/many', 2],
  ]);
});

it('what cannot be undone waits for a person, as it does in traffic', async () => {
  const text = FLEET.replace('refund: { effect: pay,', 'refund: { effect: pay, reversible: irreversible,');
  const source = { files: [{ path: 'fleet.yaml', text }, ...SOURCE.files.slice(1)] };
  const cases =
    'cases: [{ name: a, agent: refund, tool: stripe.refund, args: { amount_cents: 1 }, expect: hold, rule: autonomy supervised }]';
  expect(await runPolicyTests(source, [{ path: 'policies/r.test.yaml', text: cases }])).toMatchObject({ failed: 0 });
});
