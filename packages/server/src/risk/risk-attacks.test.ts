import { describe, expect, test } from 'vitest';
import { Desk, MINUTE, NOON, verdictOf } from './__fixtures__/desk.ts';
import { Signals } from './signals/signals.ts';

const order = (vendor: unknown, amount: unknown = 1, more = {}) => ({
  tool: 'erp.create_order',
  args: { amount, vendor } as Record<string, unknown>,
  ...more,
});

describe('a key is what was sent', () => {
  const KNOWN = `
signals: [{ name: seen, on: erp.create_order, aggregate: count, by: [workspace, args.vendor], window: 365d }]
rules: [{ id: new-vendor, when: 'action.tool == "erp.create_order" && signals.seen == 0', verdict: hold, say: never used before }]`;

  test.each([
    ['case', 'acme ltd'],
    ['white space', 'Acme Ltd '],
    ['another space', 'Acme\u00a0Ltd'],
    ['no space', 'Acme\u200b Ltd'],
    ['a letter that looks the same', 'Аcme Ltd'],
    ['composed otherwise', 'Acme\u0301 Ltd'],
    ['wide letters', 'Ａcme Ltd'],
    ['the text in a list', ['Acme Ltd']],
    ['the text in an object', { name: 'Acme Ltd' }],
    ['no text', ''],
    ['a number', 7],
  ])('a vendor that only resembles a known one is new: %s', async (_how, vendor) => {
    await using desk = await Desk.open(KNOWN);
    await storeAs(desk, 'Acme Ltd');
    expect((await desk.pass(order('Acme Ltd'))).verdict).toBe('allow');
    expect((await desk.pass(order(vendor))).verdict).toBe('hold');
  });

  async function storeAs(desk: Desk, vendor: unknown): Promise<void> {
    await desk.storage.write((await desk.assess(order(vendor))).statements(), 'process');
  }

  test('the digest of a long name is not the name', async () => {
    await using desk = await Desk.open(KNOWN.replace('workspace, ', ''));
    const long = 'Long Name '.repeat(30);
    await storeAs(desk, long);
    const [{ key = '' } = {}] = await desk.storage.read<{ key: string }>('SELECT key FROM risk_event');
    expect(key).toMatch(/^sha256:/);
    expect((await desk.pass(order(long))).verdict).toBe('allow');
    expect((await desk.pass(order(key))).verdict).toBe('hold');
  });

  const PAIRS = `
signals: [{ name: pairs, on: erp.create_order, aggregate: count, by: [args.vendor, args.note, args.extra.id], window: 1h }]
rules: [{ id: again, when: 'action.tool == "erp.create_order" && signals.pairs > 0.0', verdict: hold, say: again }]`;
  const pair = (vendor: unknown, note: unknown, id: unknown) => ({
    tool: 'erp.create_order',
    args: { vendor, note, extra: { id }, amount: 1 },
  });

  test('no separator, length or kind makes two keys one', async () => {
    await using desk = await Desk.open(PAIRS);
    const parts = ['', 'a', 'a\n', '\n', '1:a', '1:', ':', '3:1:a', '\u0000', 'a"', ['a'], ['a', ''], { a: 1 }];
    for (const one of parts)
      for (const other of parts) expect((await desk.pass(pair(one, other, 'x'))).verdict).toBe('allow');
    for (const one of parts) expect((await desk.pass(pair(one, 'a', 'x'))).verdict).toBe('hold');
  });

  test('what means the same is the same: numbers and their text, objects in any order of members', async () => {
    await using desk = await Desk.open(PAIRS);
    await desk.pass(pair({ b: 1, a: [true, null] }, 7, -0));
    expect((await desk.pass(pair({ a: [true, null], b: 1 }, '7', '0'))).verdict).toBe('hold');
  });

  test.each([null, undefined])('%s is no key', async (vendor) => {
    await using desk = await Desk.open(KNOWN);
    const { verdict, findings } = await desk.pass(order(vendor));
    expect([verdict, findings[0]?.waitsFor]).toEqual(['hold', 'facts']);
  });

  test('a joining value does not reach into another scope', async () => {
    await using desk = await Desk.open(`
sequences:
  - { id: two, within: 1h, across: run, join: args.vendor, verdict: hold, steps: [{ tool: erp.create_order }, { tool: mcp.declared }] }`);
    const step = (tool: string, run: string, vendor: unknown) => desk.pass({ tool, run, args: { vendor, amount: 1 } });
    await step('erp.create_order', 'run_1', '1x');
    for (const [run, vendor] of [
      ['run_11', 'x'],
      ['run_', '11x'],
      ['run_1', ['1x']],
      ['run_2', '1x'],
    ] as const)
      expect((await step('mcp.declared', run, vendor)).verdict).toBe('allow');
    expect((await step('mcp.declared', 'run_1', '1x')).verdict).toBe('hold');
  });
});

describe('a value that is added up is a number of ordinary size', () => {
  const SUM = `
signals: [{ name: sum, on: erp.create_order, aggregate: sum, value: args.amount, by: [agent], window: 1h }]
rules: [{ id: cap, when: 'action.tool == "erp.create_order" && signals.sum + args.amount > 100.0', verdict: deny, say: too much }]`;

  test.each([true, null, '7', [7], { a: 7 }])('%j is held', async (amount) => {
    await using desk = await Desk.open(SUM);
    expect((await desk.pass(order('A', amount))).verdict).toBe('hold');
    expect((await desk.pass(order('A', 100))).verdict).toBe('allow');
  });

  test('what sums cannot hold is refused, and nothing of it stays', async () => {
    await using desk = await Desk.open(SUM);
    await expect(async () => desk.assess(order('A', -1e308))).rejects.toMatchObject({ code: 'fail_closed' });
    expect((await desk.pass(order('A', 1e308))).verdict).toBe('deny');
    for (let i = 0; i < 4; i++) expect((await desk.pass(order('A', 25))).verdict).toBe('allow');
    expect((await desk.pass(order('A', Number.MIN_VALUE))).verdict).toBe('allow');
    expect((await desk.pass(order('A', 1e-9))).verdict).toBe('deny');
  });

  test('values and keys of a million characters are counted, and small in the database', async () => {
    await using desk = await Desk.open(`
signals:
  - { name: kinds, on: erp.create_order, aggregate: distinct, value: args.note, by: [args.vendor], window: 24h }
rules: [{ id: many, when: 'signals.kinds > 1.0', verdict: hold, say: many }]`);
    const huge = (end: string) => ({
      ...order('v'.repeat(1_000_000)),
      args: { ...order('v'.repeat(1_000_000)).args, note: 'n'.repeat(1_000_000) + end },
    });
    for (const end of ['a', 'b']) expect((await desk.pass(huge(end))).verdict).toBe('allow');
    expect((await desk.pass(huge('b'))).verdict).toBe('hold');
    const rows = await desk.storage.read<{ key: string }>('SELECT key FROM risk_event');
    expect(rows.map(({ key }) => key.length < 100)).toEqual([true, true]);
  });
});

describe('no argument makes a condition take long', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `line ${i}` }));
  const judged = async (when: string, args: Record<string, unknown>) => {
    await using desk = await Desk.open(`rules: [{ id: a, when: '${when}', verdict: deny, say: a }]`);
    const { verdict, findings } = await desk.pass({ tool: 'mcp.declared', args });
    return [verdict, findings.map(({ message }) => message).join()];
  };
  const tooMany = ['hold', expect.stringContaining('too many for a condition that walks a list')];

  test.each([
    'args.lines.exists(l, l in args.others)',
    'args.lines.exists(l, size(args.note) == 3)',
    'args.lines.map(l, args.others) == [1]',
    'args.lines.exists(l, args.note.contains(l.id))',
    'args.lines.exists(l, l.id == args.note + args.note)',
    'args.lines.filter(l, has(l.id)).exists(l, args.others == args.lines)',
  ])('%s', async (when) => {
    const few = { lines: lines(3), others: lines(2).map(({ id }) => id), note: 'note' };
    expect((await judged(when, few))[0]).toBe('allow');
    const many = { lines: lines(20_000), others: [...lines(20_000), 1], note: 'n'.repeat(100_000) };
    expect(await judged(when, many)).toEqual(tooMany);
  });

  test('a walk that looks at each item once has no limit', async () => {
    const many = { lines: lines(20_000), note: 'n'.repeat(100_000), id: 'line 19999' };
    expect((await judged('args.lines.exists(l, l.id == args.id)', many))[0]).toBe('deny');
    expect((await judged('size(args.note) > 9 && args.lines.all(l, l.id in ["a", "b"])', many))[0]).toBe('allow');
    expect((await judged('["a", "b"].exists(end, args.id.endsWith(end))', many))[0]).toBe('allow');
  });

  test.each([
    ['args.note.matches("(a+)+$")', 'matches() is not supported'],
    ['args.lines.exists(l, args.others.exists(o, o == l))', 'inside another walk'],
  ])('%s is refused at once', async (when, why) => {
    await expect(judged(when, {})).rejects.toThrow(why);
  });
});

const CAP = `
signals: [{ name: orders, on: erp.create_order, aggregate: count, by: [agent], window: 1h }]
rules:
  - { id: cap, when: 'action.tool == "erp.create_order" && signals.orders >= 3.0', verdict: deny, say: too many, alert: true, stop: run }
thresholds: { hold: 60, deny: 95, newAgents: { hold: 10, deny: 20, until: { actions: 1, days: 1 } } }`;

test('what is only decided alerts nobody, stops nothing, is not counted and not held against the agent', async () => {
  await using desk = await Desk.open(CAP);
  desk.history = { firstAtMs: NOON - 99 * 24 * 60 * MINUTE, lastRefusedAtMs: undefined, executed: 99 };
  const dry = () => desk.engine.assess({ ...desk.facts(order('A')), dryRun: true });
  for (let i = 0; i < 5; i++) expect(verdictOf(await dry())).toBe('allow');
  for (let i = 0; i < 3; i++) expect((await desk.pass(order('A'))).verdict).toBe('allow');
  const assessment = await dry();
  expect([verdictOf(assessment), assessment.stop, desk.alerts, assessment.statements()]).toEqual([
    'deny',
    undefined,
    [],
    [],
  ]);
  assessment.withdraw();
  const denied = await desk.pass(order('A'));
  expect([denied.verdict, denied.stop?.what, desk.alerts.length]).toEqual(['deny', 'run', 1]);
});

test('a step that is only decided is no step', async () => {
  await using desk = await Desk.open(`
sequences:
  - { id: two, within: 1h, verdict: hold, steps: [{ tool: erp.create_order }, { tool: mcp.declared }] }`);
  await desk.engine.assess({ ...desk.facts(order('A')), dryRun: true });
  expect((await desk.pass({ tool: 'mcp.declared' })).verdict).toBe('allow');
  await desk.pass(order('A'));
  expect(verdictOf(await desk.engine.assess({ ...desk.facts({ tool: 'mcp.declared' }), dryRun: true }))).toBe('hold');
});

test('a clock that is set back does not empty windows, nor keep memory', async () => {
  let nowMs = NOON;
  await using desk = await Desk.open(CAP.replace(/thresholds.*/, ''), { now: () => nowMs });
  for (let i = 0; i < 3; i++) await desk.pass(order('A', 1, { atMs: nowMs }));
  nowMs -= 30 * MINUTE;
  expect((await desk.pass(order('A', 1, { atMs: nowMs }))).verdict).toBe('deny');
  await desk.restart();
  expect((await desk.pass(order('A', 1, { atMs: nowMs }))).verdict).toBe('deny');

  const signal = { id: 'a', aggregate: 'count', windowMs: 60 * MINUTE, valued: false } as const;
  await using signals = new Signals({ storage: desk.storage, onFault: () => {}, now: () => nowMs, maxKeys: 10 });
  for (let i = 0; i < 100; i++) {
    const refs = [{ signal, key: `${i}` }];
    const counted = await signals.whenLoaded('w', refs, nowMs, () => signals.count('w', refs, 'act_1' as never, nowMs));
    await desk.storage.write(counted.statements(), 'process');
  }
  nowMs -= 24 * 60 * MINUTE;
  await signals.keep();
  nowMs += MINUTE;
  await signals.keep();
  await signals.whenLoaded('w', [{ signal, key: '0' }], nowMs, () => undefined);
  expect(signals.size).toBeLessThanOrEqual(11);
});

test('an action that was identified before an apply does not decide which rules are looked at afterwards', async () => {
  await using desk = await Desk.open(`rules: [{ id: low, when: 'agent.risk == "low"', score: 50, say: low }]`);
  const after = desk.facts({ tool: 'crm.find' });
  const before = { ...after, agent: { ...after.agent, risk: after.agent.risk === 'low' ? 'high' : 'low' } as const };
  const [speaks, silent] = after.agent.risk === 'low' ? [after, before] : [before, after];
  for (const [facts, score] of [
    [silent, 0],
    [speaks, 50],
    [silent, 0],
    [speaks, 50],
  ] as const)
    expect((await desk.engine.assess(facts)).score).toBe(score);
});

test('of 50 at once under a sum, a count and a rate exactly those pass that all three allow', async () => {
  await using desk = await Desk.open(`
signals:
  - { name: sum, on: erp.create_order, aggregate: sum, value: args.amount, by: [agent], window: 24h }
  - { name: count, on: erp.create_order, aggregate: count, by: [args.vendor], window: 1h }
  - { name: rate, on: erp.create_order, aggregate: rate, by: [workspace], window: 10m }
rules:
  - { id: sum, when: 'action.tool == "erp.create_order" && signals.sum + args.amount > 1000.0', verdict: deny, say: sum }
  - { id: count, when: 'action.tool == "erp.create_order" && signals.count >= 4.0', verdict: deny, say: count }
  - { id: rate, when: 'action.tool == "erp.create_order" && signals.rate >= 0.9', verdict: deny, say: rate }`);
  const passed = async (calls: readonly Parameters<Desk['assess']>[0][]) =>
    (await Promise.all(calls.map((call) => desk.assess(call)))).filter((one) => verdictOf(one) === 'allow').length;
  const fifty = (amount: number, vendor: (i: number) => string) =>
    Array.from({ length: 50 }, (_, i) => order(vendor(i), amount, { run: `run_${i}` }));
  expect(await passed(fifty(100, () => 'A'))).toBe(4);
  expect(await passed(fifty(200, () => 'B'))).toBe(3);
  expect(await passed(fifty(0, (i) => `C${i}`))).toBe(2);
});
