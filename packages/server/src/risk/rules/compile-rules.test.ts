import { describe, expect, test } from 'vitest';
import { compileFleet } from '../__fixtures__/fleet.ts';

const problems = async (rules: string) => (await compileFleet(rules)).problems.map(({ message }) => message);
const rule = (when: string) => `rules:\n  - { id: r, when: '${when.replaceAll("'", "''")}', score: 50, say: said }`;
const places = async (rules: string) =>
  (await compileFleet(rules)).problems.map(({ file, line, column }) => `${file}:${line}:${column}`);

describe('a rule that can never match is an error with its reason', () => {
  test.each([
    [
      'action.tool == "erp.creat_order"',
      'this rule can never match: no tool of this fleet is named "erp.creat_order"; did you mean "erp.create_order"?',
    ],
    [
      'action.tool == "erp.create_order" && args.amount > 10.0 && args.amount < 5.0',
      'this rule can never match: args.amount > 10.0 and args.amount < 5.0 exclude each other',
    ],
    [
      'action.tool == "erp.create_order" && args.vendor == "a" && args.vendor == "b"',
      'this rule can never match: args.vendor == "a" and args.vendor == "b" exclude each other',
    ],
    [
      'action.tool == "erp.create_order" && args.vendr == "a"',
      'this rule can never match: the schema of erp.create_order has no argument vendr',
    ],
    [
      'action.tool == "erp.create_order" && args.vendor > 10.0',
      'this rule can never match: args.vendor is a text by the schema of erp.create_order, used as a number in args.vendor > 10.0',
    ],
    [
      'action.tool == "erp.create_order" && args.amount == "much"',
      'this rule can never match: args.amount is a number by the schema of erp.create_order, used as a text in args.amount == "much"',
    ],
    [
      'action.tool == "erp.create_order" && args.currency == "YEN"',
      'this rule can never match: args.currency is one of "EUR", "USD" by the schema of erp.create_order, so args.currency == "YEN" is never true',
    ],
    [
      'action.tool == "erp.create_order" && args.amount * 2.0 > args.vendor',
      'this rule can never match: args.amount * 2.0 is a number, used as a text in args.amount * 2.0 > args.vendor',
    ],
    [
      'action.tool == "erp.create_order" && action.effect == "pay"',
      'this rule can never match: action.effect is "write" for erp.create_order, so action.effect == "pay" is never true',
    ],
    ['action.effect == "grant"', 'this rule can never match: no tool of this fleet fits action.effect == "grant"'],
    [
      'action.effect == "dleete"',
      'this rule can never match: action.effect is one of "read", "write", "delete", "send", "export", "pay", "deploy", "execute", "grant", never "dleete"',
    ],
    ['agent.name != "byer"', 'this rule can never match: agent.name is one of "buyer", "clerk", never "byer"'],
    [
      'time.hour > 23',
      'this rule can never match: time.hour is at least 0 and at most 23, so time.hour > 23 is never true',
    ],
    [
      'time.weekday == "mon"',
      'this rule can never match: time.weekday is one of "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", never "mon"',
    ],
    [
      'action.kind == "model.generate" && args.x == 1',
      'this rule can never match: a call of a model has no argument x',
    ],
    [
      'action.tool.startsWith("erp.") && action.tool == "crm.find"',
      'this rule can never match: action.tool.startsWith("erp.") and action.tool == "crm.find" exclude each other',
    ],
    [
      'action.tool == "erp.create_order" && !(args.amount > 5.0) && args.amount >= 6',
      'this rule can never match: !(args.amount > 5.0) and args.amount >= 6 exclude each other',
    ],
    ['action.tool == "crm.find" && action.amount > 5.0', 'this rule can never match: crm.find: no amount is declared'],
    ['false', 'this rule can never match: false is never true'],
    [
      'action.tool == "crm.find" || action.tool == "crm.fnd"',
      'a part of this rule can never match: no tool of this fleet is named "crm.fnd"; did you mean "crm.find"?',
    ],
  ])('%s', async (when, message) => {
    expect(await problems(rule(when))).toEqual([message]);
  });
});

describe('what may match is no error', () => {
  test.each([
    'action.tool == "erp.create_order" && args.amount > 10000.0',
    'action.amount > 10000.0',
    'args.amount > 5 || args.query == "x"',
    '(action.tool == "erp.create_order" || action.tool == "crm.find") && (args.amount > 5 || args.query == "x")',
    'action.tool == "mcp.anything_goes" && args.whatever.deep == 3',
    'action.tool in ["erp.create_order", "mcp.x"]',
    'has(args.note) && args.note.contains("urgent")',
    'labels.exists(l, l.startsWith("private:")) && action.effect in ["send", "export"]',
    'action.tool == "erp.create_order" && args.lines.exists(line, line.price > 5.0)',
    'action.tool == "erp.create_order" && args.extra.anything > 3',
    'time.hour < 6 && time.weekday in ["saturday", "sunday"] && time.date >= "2026-12-20"',
    'run.user == "maya" && agent.risk == "high"',
    'action.tool == "small"',
    'action.tool == "openai/gpt-4.1"',
    'action.tool != "erp.create_order"',
  ])('%s', async (when) => {
    expect(await problems(rule(when))).toEqual([]);
  });
});

test.each([
  [rule('signals.seen == 0'), 'there is no signals.seen: no signals are defined here'],
  [rule('action.efect == "pay"'), 'there is no action.efect; did you mean "action.effect"?'],
  [
    rule('args.n / 100 > 2.0'),
    'not a CEL expression over action, args, signals, agent, run, labels, time: numbers of JSON are doubles: write 100.0 instead of 100',
  ],
  [rule('args.amount + 1.0'), 'a condition is true or false, this expression gives double'],
  [
    "rules: [{ id: r, when: 'true', say: said }]",
    'this rule changes nothing: give it a score, a verdict, alert or stop',
  ],
  [
    "rules: [{ id: r, when: 'true', score: 1, say: a }, { id: r, when: 'true', score: 1, say: b }]",
    '"r" is there twice: ids of rules and sequences differ',
  ],
  ['agents: [byer]', 'there is no Agent "byer"; did you mean "buyer"?'],
  [
    'schedules: [{ name: hour, days: [mon], from: "09:00", to: "10:00" }]',
    "time.hour is the clock's own; choose another name",
  ],
  [
    'schedules: [{ name: x, days: [mon], from: "09:00", to: "09:00" }]',
    'it ends when it begins; for the whole day, from 00:00 to 24:00',
  ],
  [
    'schedules: [{ name: x, days: [mon], from: "09:00", to: "10:00", timeZone: Mars/Base }]',
    '"Mars/Base" is no time zone; use an IANA name such as Europe/Berlin',
  ],
  ['secondOpinion: [{ model: smal }]', 'there is no Model "smal"; did you mean "small"?'],
  [
    'signals: [{ name: s, on: erp.create_orders, aggregate: count, by: [agent], window: 1h }]',
    'no tool of this fleet fits "erp.create_orders"; did you mean "erp.create_order"?',
  ],
  [
    'signals: [{ name: s, on: erp.create_order, aggregate: sum, by: [agent], window: 1h }]',
    'sum needs a value, such as value: "args.amount"',
  ],
  [
    'signals: [{ name: s, on: erp.create_order, aggregate: count, value: args.amount, by: [agent], window: 1h }]',
    'count counts calls and takes no value; leave it out, or use sum',
  ],
  [
    'signals: [{ name: s, on: erp.create_order, aggregate: sum, value: args.vendor, by: [agent], window: 1h }]',
    'this signal can never have a value: the expression gives a text, not a number',
  ],
  [
    'signals: [{ name: s, on: erp.create_order, aggregate: count, by: [args.vendr], window: 1h }]',
    'this signal can never have a key: the schema of erp.create_order has no argument vendr',
  ],
  [
    'signals: [{ name: s, on: erp.create_order, aggregate: count, by: [vendor], window: 1h }]',
    '"vendor" is no key; use agent, run, lineage, user, workspace, feature, session, or an argument such as args.vendor',
  ],
  [
    'signals: [{ name: s, on: erp.create_order, aggregate: first, value: args.amount, by: [agent], window: 1h }]\n' +
      rule('signals.s > 2.0'),
    'signals.s has no value before the first call that it counts, so that call would be held: ask has(signals.s) && ...',
  ],
  [
    'signals: [{ name: s, on: erp.create_order, aggregate: baseline, value: args.amount, by: [agent], window: 1h }]\n' +
      rule('signals.s > 2.0'),
    'this rule can never match: signals.s is an object, used as a number in signals.s > 2.0',
  ],
  [
    'signals: [{ name: s, on: erp.create_order, aggregate: count, by: [args.vendor], window: 1h }]\n' +
      rule('action.tool == "crm.find" && signals.s == 0'),
    'this rule can never match: signals.s is kept by args.vendor, and the schema of crm.find has no argument vendor',
  ],
  [
    'sequences: [{ id: s, within: 1h, steps: [{ tool: erp.create_order }, { tool: crm.fnd }], verdict: hold }]',
    'no tool of this fleet fits "crm.fnd"; did you mean "crm.find"?',
  ],
  [
    'sequences: [{ id: s, within: 1h, steps: [{ tool: erp.create_order }, { tool: crm.find }], join: args.vendor, verdict: hold }]',
    'step 2 can never be joined: the schema of crm.find has no argument vendor',
  ],
  [
    'sequences: [{ id: s, within: 1h, steps: [{ tool: erp.create_order, agent: nobody }, { tool: crm.find }], verdict: hold }]',
    'there is no Agent "nobody"',
  ],
])('%s', async (rules, message) => {
  expect(await problems(rules)).toEqual([message]);
});

test('a problem stands at its line and column', async () => {
  expect(await places(rule('action.efect == "pay"'))).toEqual(['risk.yaml:4:20']);
  expect(await places(`rules: []\n${'secondOpinion: [{ model: smal }]'}`)).toEqual(['risk.yaml:4:26']);
});

test('schemas that only pins know are checked where the port tells them', async () => {
  const schema = { type: 'object', properties: { id: { type: 'string' } } };
  const known = (_workspace: string, tool: string) => (tool === 'mcp.declared' ? schema : undefined);
  const { problems: found } = await compileFleet(rule('action.tool == "mcp.declared" && args.idd == "x"'), known);
  expect(found.map(({ message }) => message)).toEqual([
    'this rule can never match: the schema of mcp.declared has no argument idd',
  ]);
});
