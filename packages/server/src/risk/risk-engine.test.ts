import { describe, expect, test } from 'vitest';
import { openSqlite } from '../storage/index.ts';
import { Desk, MINUTE, NOON, verdictOf } from './__fixtures__/desk.ts';

const PURCHASING = `
signals:
  - { name: vendor_seen, on: erp.create_order, aggregate: count, by: [workspace, args.vendor], window: 365d }
  - { name: po_sum, on: erp.create_order, value: args.amount, aggregate: sum, by: [agent], window: 24h }
rules:
  - { id: po-size, when: 'action.tool == "erp.create_order" && args.amount > 10000.0', score: 60, say: "order above the authority" }
  - { id: new-vendor, when: 'action.tool == "erp.create_order" && signals.vendor_seen == 0', score: 40, say: "vendor never used before" }
  - { id: day-sum, when: 'action.tool == "erp.create_order" && signals.po_sum + args.amount > 100000.0', verdict: deny, say: "too much in a day" }
thresholds: { hold: 60, deny: 95 }
`;
const order = (amount: number, vendor: string, more = {}) => ({
  tool: 'erp.create_order',
  args: { amount, vendor },
  ...more,
});

test('reasons combine into a score whose parts are on the record, and the caller hears no rule', async () => {
  await using desk = await Desk.open(PURCHASING);
  const large = await desk.pass(order(47_000, 'Unknown Ltd'));
  expect(large.score).toBe(76);
  expect(large.findings).toMatchInlineSnapshot(`
    [
      {
        "by": "risk",
        "message": "order above the authority",
        "rule": "purchasing/po-size",
        "score": 60,
        "verdict": "allow",
      },
      {
        "by": "risk",
        "message": "vendor never used before",
        "rule": "purchasing/new-vendor",
        "score": 40,
        "verdict": "allow",
      },
      {
        "by": "risk",
        "code": "approval_required",
        "message": "because of its risk, given what happened before, a person must approve this call",
        "rule": "risk/threshold-hold",
        "verdict": "hold",
        "waitsFor": "person",
      },
    ]
  `);
  const first = await desk.pass(order(900, 'Known Ltd'));
  expect([first.verdict, first.score]).toEqual(['allow', 40]);
  const second = await desk.pass(order(900, 'Known Ltd'));
  expect([second.verdict, second.score, second.findings]).toEqual(['allow', 0, []]);
});

test('a held call was never counted once it is taken back, and a restart changes nothing', async () => {
  await using desk = await Desk.open(PURCHASING);
  await desk.pass(order(47_000, 'A'));
  await desk.pass(order(900, 'B'));
  await desk.restart();
  expect((await desk.pass(order(1, 'A'))).score).toBe(40);
  expect((await desk.pass(order(1, 'B'))).score).toBe(0);
});

test('of 50 orders at once under a sum rule exactly as many pass as the cap allows', async () => {
  await using desk = await Desk.open(PURCHASING);
  await desk.pass(order(1, 'A'));
  const judged = await Promise.all(Array.from({ length: 50 }, () => desk.assess(order(9_000, 'A'))));
  expect(judged.map(verdictOf).filter((verdict) => verdict === 'allow')).toHaveLength(11);
  // What was denied is in nobody's way, before anything was taken back.
  expect(verdictOf(await desk.assess(order(900, 'A')))).toBe('allow');
});

test('another agent, another workspace: not judged, not counted together', async () => {
  await using desk = await Desk.open(`agents: [buyer]\n${PURCHASING}`);
  await desk.pass(order(900, 'A'));
  expect((await desk.pass(order(47_000, 'A', { agent: 'clerk' }))).findings).toEqual([]);
  expect((await desk.pass(order(47_000, 'A', { workspace: 'other' }))).findings).toEqual([]);
});

describe('what cannot be told is held for facts', () => {
  const rules = `
signals: [{ name: by_vendor, on: erp.create_order, aggregate: sum, value: args.amount, by: [args.vendor], window: 1h }]
rules: [{ id: much, when: 'signals.by_vendor > 100.0', score: 50, say: much }]`;

  test.each([
    [{ amount: 1 }, 'args.vendor is missing'],
    [{ vendor: 'A' }, 'args.amount is missing'],
    [{ vendor: 'A', amount: 'many' }, 'a value that is added up is no number'],
    [{ vendor: 'A', amount: null }, 'a value that is added up is no number'],
  ])('%j: %s', async (args, why) => {
    await using desk = await Desk.open(rules);
    const { findings, verdict } = await desk.pass({ tool: 'erp.create_order', args });
    expect(verdict).toBe('hold');
    expect(findings).toContainEqual(expect.objectContaining({ verdict: 'hold', waitsFor: 'facts' }));
    expect(findings[findings.length - 1]?.message ?? '').toMatch(/cannot be told/);
    expect(findings.map(({ message }) => message).join()).toContain(why);
  });

  test('has() asks first, and tools that never have a value are not meant', async () => {
    await using desk = await Desk.open(`
rules:
  - { id: noted, when: 'has(args.note) && args.note.contains("urgent")', score: 50, say: urgent }
  - { id: dear, when: 'action.amount > 100.0', score: 70, say: dear }`);
    expect((await desk.pass(order(1, 'A'))).findings).toEqual([]);
    expect((await desk.pass({ tool: 'crm.find', args: { query: 'x' } })).findings).toEqual([]);
    expect((await desk.pass({ tool: 'small', kind: 'model.generate' })).findings).toEqual([]);
    const { findings } = await desk.pass({ ...order(1, 'A'), amount: undefined });
    expect(findings.map(({ message }) => message)).toEqual([
      'the risk of this call cannot be told: action.amount is missing; call again with it, or ask a person to approve',
    ]);
  });
});

test('100 look-ups raise an alert and stop the run; an export after them is denied, also from another run', async () => {
  await using desk = await Desk.open(`
signals:
  - { name: lookups, on: crm.find, aggregate: count, by: [agent], window: 10m }
rules:
  - { id: many, when: 'action.tool == "crm.find" && signals.lookups >= 99', score: 50, alert: true, stop: run, say: "100 look-ups in ten minutes" }
  - { id: export, when: 'action.effect == "export" && signals.lookups >= 50', verdict: deny, say: "export after many look-ups" }`);
  const find = (i: number) => desk.pass({ tool: 'crm.find', args: { query: `${i}` }, atMs: NOON + i * 100 });
  for (let i = 0; i < 99; i++) expect((await find(i)).stop).toBeUndefined();
  expect(desk.alerts).toEqual([]);
  expect((await find(99)).stop).toEqual({ what: 'run', why: 'purchasing/many: 100 look-ups in ten minutes' });
  expect(desk.alerts).toEqual([expect.objectContaining({ rule: 'purchasing/many', agent: 'buyer', run: 'run_1' })]);
  const exported = { tool: 'crm.export', args: { all: true }, run: 'run_2' };
  expect((await desk.pass({ ...exported, atMs: NOON + MINUTE })).verdict).toBe('deny');
  expect((await desk.pass({ ...exported, atMs: NOON + 11 * MINUTE })).verdict).toBe('allow');
});

test('repeated price changes are seen by rate and by deviation from the first value of the session', async () => {
  await using desk = await Desk.open(`
signals:
  - { name: changes, on: erp.set_price, aggregate: rate, by: [session, args.sku], window: 10m }
  - { name: first_price, on: erp.set_price, value: args.price, aggregate: first, by: [session, args.sku], window: 24h }
rules:
  - { id: loop, when: 'action.tool == "erp.set_price" && signals.changes >= 0.5', score: 40, say: "many changes" }
  - { id: drift, when: 'has(signals.first_price) && args.price > signals.first_price * 1.5', verdict: hold, say: "far from the first price" }`);
  const set = (price: number, minute: number, session = 's1') =>
    desk.pass({ tool: 'erp.set_price', args: { sku: 'a', price }, session, atMs: NOON + minute * MINUTE });
  expect((await set(10, 0)).findings).toEqual([]);
  expect((await set(11, 1)).findings).toEqual([]);
  expect((await set(16, 2)).verdict).toBe('hold');
  expect((await set(16, 2, 's2')).verdict).toBe('allow');
  for (const minute of [3, 4, 5]) await set(12, minute);
  expect((await set(12, 6)).score).toBe(40);
});

describe('sequences', () => {
  const CHAIN = `
sequences:
  - id: exposure
    within: 2h
    across: workspace
    join: args.vendor
    steps:
      - { tool: erp.create_order, where: 'args.amount > 5.0' }
      - { tool: mcp.declared, agent: clerk }
      - { tool: "mcp.dns*" }
    say: a service is exposed
    verdict: hold`;

  test('agents that together do what none may do alone are seen at the last step, across a restart', async () => {
    await using desk = await Desk.open(CHAIN);
    const step = (tool: string, agent: string, minute: number, vendor = 'svc') =>
      desk.pass({ tool, agent, args: { vendor, amount: 6 }, run: `run_${agent}`, atMs: NOON + minute * MINUTE });
    expect((await step('mcp.dns_add', 'buyer', 0)).findings).toEqual([]);
    expect((await step('erp.create_order', 'buyer', 1)).findings).toEqual([]);
    await desk.restart();
    expect((await step('mcp.declared', 'buyer', 2)).findings).toEqual([]);
    expect((await step('mcp.dns_add', 'buyer', 3)).findings).toEqual([]);
    expect((await step('mcp.declared', 'clerk', 4)).findings).toEqual([]);
    expect((await step('mcp.dns_add', 'buyer', 5, 'other')).findings).toEqual([]);
    const { findings, verdict } = await step('mcp.dns_add', 'buyer', 6);
    expect(verdict).toBe('hold');
    expect(findings[0]?.message.replaceAll(/act_\w+/g, 'act')).toBe(
      'a service is exposed; after erp.create_order by buyer at 2026-11-18T11:01:00.000Z (act), mcp.declared by clerk at 2026-11-18T11:04:00.000Z (act)',
    );
    // Held again when tried again, and not once the window is over.
    expect((await step('mcp.dns_add', 'buyer', 7)).verdict).toBe('hold');
    expect((await step('mcp.dns_add', 'buyer', 122)).verdict).toBe('allow');
  });

  test('a step without its joining value is held for facts', async () => {
    await using desk = await Desk.open(CHAIN);
    const { findings } = await desk.pass({ tool: 'mcp.dns_add' });
    expect(findings).toEqual([expect.objectContaining({ waitsFor: 'facts', rule: 'purchasing/exposure' })]);
  });
});

describe('dry-run', () => {
  test('of one rule: it says what it would have done, and adds nothing', async () => {
    await using desk = await Desk.open(`
rules:
  - { id: a, when: 'action.tool == "crm.find"', score: 50, say: asked }
  - { id: b, when: 'action.tool == "crm.find"', score: 40, say: tried, mode: dry-run, alert: true, stop: agent }`);
    const { findings, score, stop, verdict } = await desk.pass({ tool: 'crm.find' });
    expect([score, stop, verdict, desk.alerts]).toEqual([50, undefined, 'allow', []]);
    expect(findings.map(({ message }) => message)).toEqual([
      'asked',
      'dry-run: tried (would have added 40, would have stopped the agent)',
      'dry-run: would have been held, with a risk of 70',
    ]);
  });

  test('of all rules: nothing is ever held or denied', async () => {
    await using desk = await Desk.open(`mode: dry-run\n${PURCHASING}`);
    const { findings, verdict, score } = await desk.pass(order(200_000, 'New'));
    expect([verdict, score]).toEqual(['allow', 0]);
    expect(findings.at(-1)?.message).toBe('dry-run: would have been denied, with a risk of 76');
    const broken = await desk.pass({ tool: 'erp.create_order', args: { amount: 1 } });
    expect(broken.verdict).toBe('allow');
    expect(broken.findings.map(({ message }) => message)).toContain(
      'dry-run: would have been held, since args.vendor is missing',
    );
  });
});

describe('new agents', () => {
  const RULES = `
rules: [{ id: a, when: 'action.tool == "crm.find"', score: 45, say: asked }]
thresholds: { hold: 60, deny: 95, newAgents: { hold: 40, deny: 80, until: { actions: 50, days: 7 } } }`;
  const find = (desk: Desk, atMs = NOON) => desk.pass({ tool: 'crm.find', atMs });
  const DAY = 24 * 60 * MINUTE;

  test('are judged strictly, and the evidence is shown', async () => {
    await using desk = await Desk.open(RULES);
    desk.history = { firstAtMs: NOON - 2.5 * DAY, lastRefusedAtMs: undefined, executed: 12 };
    const { verdict, findings } = await find(desk);
    expect(verdict).toBe('hold');
    expect(findings[1]).toEqual({
      by: 'risk',
      verdict: 'allow',
      rule: 'risk/new-agent',
      message:
        'strict: held from 40, denied from 80 while the agent is new (12 of 50 actions, 2 of 7 days without a refusal)',
    });
  });

  test.each([
    [{ firstAtMs: NOON - 8 * DAY, lastRefusedAtMs: undefined, executed: 50 }, 'allow'],
    [{ firstAtMs: NOON - 8 * DAY, lastRefusedAtMs: undefined, executed: 49 }, 'hold'],
    [{ firstAtMs: NOON - 6 * DAY, lastRefusedAtMs: undefined, executed: 50 }, 'hold'],
    [{ firstAtMs: NOON - 80 * DAY, lastRefusedAtMs: NOON - DAY, executed: 50 }, 'hold'],
    [{ firstAtMs: undefined, lastRefusedAtMs: undefined, executed: 0 }, 'hold'],
  ])('%j: %s', async (history, verdict) => {
    await using desk = await Desk.open(RULES);
    desk.history = history;
    expect((await find(desk)).verdict).toBe(verdict);
  });

  test('evidence that came since is seen within seconds', async () => {
    await using desk = await Desk.open(RULES);
    await find(desk);
    desk.history = { firstAtMs: NOON - 8 * DAY, lastRefusedAtMs: undefined, executed: 50 };
    expect((await find(desk, NOON + 1_000)).verdict).toBe('hold');
    expect((await find(desk, NOON + 6_000)).verdict).toBe('allow');
  });
});

test('schedules and local time of the workspace', async () => {
  await using desk = await Desk.open(`
schedules: [{ name: night, days: [mon, tue, wed, thu, fri, sat, sun], from: "22:00", to: "06:00" }]
rules: [{ id: night, when: 'time.night && action.tool == "crm.export"', verdict: hold, say: at night }]`);
  const at = async (time: string) => (await desk.pass({ tool: 'crm.export', atMs: Date.parse(time) })).verdict;
  expect(await at('2026-11-18T02:00:00Z')).toBe('hold');
  expect(await at('2026-11-18T11:00:00Z')).toBe('allow');
  expect(await at('2026-11-18T20:59:59Z')).toBe('allow');
  expect(await at('2026-11-18T21:00:00Z')).toBe('hold');
});

test('baselines are of the agent itself', async () => {
  await using desk = await Desk.open(`
signals: [{ name: usual, on: erp.create_order, value: args.amount, aggregate: baseline, by: [agent], window: 30d }]
rules:
  - id: unusual
    when: 'action.tool == "erp.create_order" && signals.usual.n >= 10 && args.amount > signals.usual.mean + signals.usual.spread * 4.0'
    score: 70
    say: far from what this agent usually orders`);
  for (let i = 0; i < 12; i++) expect((await desk.pass(order(100 + (i % 3), 'A'))).score).toBe(0);
  expect((await desk.pass(order(101, 'A'))).score).toBe(0);
  expect((await desk.pass(order(130, 'A'))).score).toBe(70);
});

test('a signal that means something else after an apply begins anew', async () => {
  const rules = (vendor: string) => `
signals: [{ name: n, on: erp.create_order, where: 'args.vendor == "${vendor}"', aggregate: count, by: [agent], window: 1h }]
rules: [{ id: r, when: 'action.tool == "erp.create_order" && signals.n > 0', score: 10, say: again }]`;
  await using desk = await Desk.open(rules('A'));
  await desk.pass(order(1, 'A'));
  expect((await desk.pass(order(1, 'A'))).score).toBe(10);
  await desk.apply(rules('B'));
  expect((await desk.pass(order(1, 'A'))).score).toBe(0);
  await desk.apply(rules('A'));
  expect((await desk.pass(order(1, 'A'))).score).toBe(10);
});

test('what servers were seen to offer is checked for a new fleet, and never keeps a stored one from loading', async () => {
  const rules = `rules: [{ id: r, when: 'action.tool == "mcp.declared" && args.old == 1', score: 10, say: x }]`;
  let schema = { type: 'object', properties: { old: { type: 'number' } } } as Record<string, unknown>;
  await using desk = await Desk.open(rules, { knownSchema: () => schema });
  expect((await desk.pass({ tool: 'mcp.declared', args: {} })).verdict).toBe('hold');
  schema = { type: 'object', properties: { renamed: { type: 'number' } } };
  // It has no such argument any more, so the rule is about nothing that could be missing.
  expect((await desk.pass({ tool: 'mcp.declared', args: {} })).verdict).toBe('allow');
  await expect(desk.apply(rules)).rejects.toThrow('the schema of mcp.declared has no argument old');
  await desk.restart();
  expect((await desk.pass({ tool: 'mcp.declared', args: { old: 1 } })).score).toBe(10);
});

test('two values of a key are never taken for two others', async () => {
  await using desk = await Desk.open(`
signals: [{ name: n, on: "mcp.*", aggregate: count, by: [args.a, args.b], window: 1h }]
rules: [{ id: r, when: 'signals.n > 0', score: 10, say: seen }]`);
  const call = (a: unknown, b: unknown) => desk.pass({ tool: 'mcp.x', args: { a, b } });
  await call('x', '1:yz');
  for (const [a, b] of [
    ['x1:', 'yz'],
    ['x1', ':yz'],
    ['', 'x1:yz'],
    ['x'.repeat(500), 'y'],
  ])
    expect((await call(a, b)).score).toBe(0);
  expect((await call('x', '1:yz')).score).toBe(10);
  expect((await call(7, true)).score).toBe(0);
  expect((await call('7', 'true')).score).toBe(10);
});

test('where history cannot be read, nothing is decided', async () => {
  await using desk = await Desk.open(PURCHASING);
  await desk.storage[Symbol.asyncDispose]();
  await expect((async () => desk.assess(order(1, 'A')))()).rejects.toThrow();
  desk.storage = await openSqlite(desk.directory);
});
