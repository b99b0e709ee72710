import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usdToNano } from '@reeve/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Fleet } from '../registry/index.ts';
import { openSqlite, type Storage } from '../storage/index.ts';
import { agentWith, calls, fleetWith, refundFleet, spender } from './__fixtures__/budget-fleet.ts';
import { Budgets, type BudgetsOptions } from './budgets.ts';
import type { CapReached } from './cap-watch.ts';
import type { Charge, Reservation, Spender } from './reservation.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
let directory: string;
let storage: Storage;
let now: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-budgets-'));
  storage = await openSqlite(directory);
  now = NOON;
});

afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function budgetsOf(fleet: Fleet, more: Partial<BudgetsOptions> = {}): Promise<Budgets> {
  const budgets = new Budgets({ storage, now: () => now, ...more });
  await budgets.recover();
  await apply(budgets, fleet);
  return budgets;
}

async function apply(budgets: Budgets, fleet: Fleet): Promise<void> {
  const { problems, activate } = await budgets.prepare(fleet);
  expect(problems).toEqual([]);
  activate();
}

async function grant(budgets: Budgets, charge: Charge, who: Spender = spender()): Promise<Reservation> {
  const result = await budgets.reserve(who, charge, true);
  if (!result.granted) throw new Error(result.message);
  return result.reservation;
}

async function refusal(budgets: Budgets, charge: Charge, who: Spender = spender(), priceKnown = true) {
  const result = await budgets.reserve(who, charge, priceKnown);
  if (result.granted) throw new Error('granted');
  return result;
}

const usd = (dollars: number): Charge => ({ nanoUsd: usdToNano(dollars), tokens: 0, calls: 1 });
const rows = () => storage.read('SELECT * FROM budget_window ORDER BY key');

test('200 callers racing at a cap get exactly as many grants as fit', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'day', usd: 1 }, { per: 'run', calls: 1_000 }));
  const results = await Promise.all(
    Array.from({ length: 200 }, () => Promise.resolve(budgets.reserve(spender(), usd(0.013), true))),
  );
  const granted = results.filter((result) => result.granted);
  expect(granted).toHaveLength(76);
  for (const { reservation } of granted) budgets.settle(reservation, usd(0.013));
  await budgets.flush();
  const [day] = await rows();
  expect(day).toMatchObject({ spent: usdToNano(0.988), held: 0, overrun: 0 });
});

test('what a settle leaves over can be granted again, to the last unit', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'day', tokens: 100 }));
  const tokens = (count: number): Charge => ({ nanoUsd: 0, tokens: count, calls: 1 });
  const first = await grant(budgets, tokens(100));
  expect((await refusal(budgets, tokens(1))).code).toBe('budget_exceeded');
  budgets.settle(first, tokens(40));
  const second = await grant(budgets, tokens(60));
  budgets.release(second);
  budgets.settle(second, tokens(60));
  await grant(budgets, tokens(60));
  await refusal(budgets, tokens(1));
});

test('several caps are taken all or none, and the refusing one is named', async () => {
  const budgets = await budgetsOf(
    fleetWith({
      agents: [agentWith('refund', { budgets: [{ per: 'day', usd: 25 }] })],
      budgets: [
        { name: 'all', for: { workspace: true }, caps: [{ per: 'month', calls: 1_000 }] },
        { name: 'people', for: { user: '*' }, caps: [{ per: 'day', usd: 0.05 }] },
        { name: 'checkout', for: { feature: 'checkout' }, caps: [{ per: 'hour', calls: 2 }] },
      ],
    }),
  );
  const maya = spender({ attribution: { user: 'maya', feature: 'checkout' } });
  const held = await grant(budgets, usd(0.04), maya);
  const result = await refusal(budgets, usd(0.02), maya);
  expect(result).toMatchObject({
    code: 'budget_exceeded',
    scope: 'user maya',
    cap: { per: 'day', usd: 0.05 },
    resetsAtMs: Date.UTC(2026, 10, 21),
    message:
      'user maya may spend 0.05 USD a day; 0.04 USD are spent or reserved and this call may take 0.02 USD; the window turns at 2026-11-21T00:00:00.000Z',
  });
  await grant(budgets, usd(0.05), spender({ attribution: { user: 'omar', feature: 'checkout' } }));
  expect(await refusal(budgets, usd(0.01), spender({ attribution: { feature: 'checkout' } }))).toMatchObject({
    scope: 'feature checkout',
  });
  budgets.settle(held, usd(0.01));
  const usage = await budgets.usage('main');
  expect(usage.map(({ scope, measure, spent, reserved }) => [scope, measure, spent, reserved])).toEqual([
    ['agent refund', 'usd', 10_000_000, 50_000_000],
    ['workspace main', 'calls', 1, 1],
    ['feature checkout', 'calls', 1, 1],
    ['user maya', 'usd', 10_000_000, 0],
    ['user omar', 'usd', 0, 50_000_000],
  ]);
  expect(await budgets.usage('main', { agent: 'refund' })).toHaveLength(1);
});

test('an unknown price is refused where money is capped, and only there', async () => {
  const money = await budgetsOf(refundFleet({ per: 'day', usd: 25 }));
  expect(await refusal(money, usd(0), spender(), false)).toMatchObject({
    code: 'price_unknown',
    scope: 'agent refund',
  });
  await apply(money, refundFleet({ per: 'day', calls: 5 }));
  expect((await money.reserve(spender(), usd(0), false)).granted).toBe(true);
});

test('workspaces neither share nor see caps', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'day', calls: 1 }));
  await apply(
    budgets,
    fleetWith({ workspace: 'other', agents: [agentWith('refund', { budgets: [{ per: 'day', calls: 1 }] })] }),
  );
  await grant(budgets, calls(1));
  await grant(budgets, calls(1), spender({ workspace: 'other' }));
  expect((await budgets.usage('other')).map((row) => row.reserved)).toEqual([1]);
  await refusal(budgets, calls(1), spender({ workspace: 'other' }));
  expect(await budgets.usage('nobody')).toEqual([]);
  for (const unknown of [{ workspace: 'nobody' }, { agent: 'nobody' }])
    expect(() => budgets.reserve(spender(unknown), calls(1), true)).toThrow(
      expect.objectContaining({ code: 'fail_closed' }),
    );
});

test('a charge above its reservation is recorded, told, and blocks what follows', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'day', calls: 10 }));
  const told: CapReached[] = [];
  budgets.onCapReached((event) => told.push(event));
  budgets.onCapReached(() => {
    throw new Error('a listener at fault');
  });
  const first = await grant(budgets, calls(4));
  const second = await grant(budgets, calls(4));
  budgets.settle(first, calls(9));
  expect(told.map(({ reason, percent, overrunBy }) => [reason, percent, overrunBy])).toEqual([
    ['overrun', 90, 5],
    ['spent', 80, 0],
  ]);
  await refusal(budgets, calls(1));
  budgets.settle(second, calls(4));
  expect((await budgets.usage('main'))[0]).toMatchObject({ spent: 8, overrun: 5, reserved: 0 });
  await refusal(budgets, calls(1));
  expect(told.at(-1)).toMatchObject({ reason: 'refused', percent: 100, tell: ['maya@example.com'] });
});

test('the owner is told once per window, also across a restart', async () => {
  const told: string[] = [];
  const listen = (budgets: Budgets) => budgets.onCapReached(({ reason, percent }) => told.push(`${reason} ${percent}`));
  const fleet = refundFleet({ per: 'day', calls: 10 });
  const before = await budgetsOf(fleet);
  listen(before);
  for (let call = 0; call < 9; call++) before.settle(await grant(before, calls(1)), calls(1));
  await before[Symbol.asyncDispose]();
  const after = await budgetsOf(fleet);
  listen(after);
  after.settle(await grant(after, calls(1)), calls(1));
  await refusal(after, calls(1));
  now += 86_400_000;
  for (let call = 0; call < 8; call++) after.settle(await grant(after, calls(1)), calls(1));
  expect(told).toEqual(['spent 80', 'spent 100', 'spent 80']);
});

test('windows turn, a settle counts where it was reserved, and a clock set back opens nothing anew', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'minute', calls: 2 }));
  const late = await grant(budgets, calls(2));
  await refusal(budgets, calls(1));
  now += 60_000;
  await grant(budgets, calls(2));
  budgets.settle(late, calls(2));
  now -= 60_000;
  await refusal(budgets, calls(1));
  expect((await budgets.usage('main')).map((row) => row.window)).toEqual(['2026-11-20T12:01']);
});

test('a cap lowered below its use grants nothing, and a raised one grants the difference', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'day', calls: 100 }));
  const held = await Promise.all(Array.from({ length: 8 }, () => grant(budgets, calls(10))));
  await apply(budgets, refundFleet({ per: 'day', calls: 50 }));
  await refusal(budgets, calls(1));
  for (const reservation of held) budgets.settle(reservation, calls(6));
  await grant(budgets, calls(2));
  await refusal(budgets, calls(1));
  await apply(budgets, refundFleet({ per: 'day', calls: 60 }));
  await grant(budgets, calls(10));
  await refusal(budgets, calls(1));
});

test('per run and per user accounts stay bounded, and eviction loses nothing', async () => {
  const budgets = await budgetsOf(
    fleetWith({
      agents: [agentWith('refund', { budgets: [{ per: 'run', calls: 3 }] })],
      budgets: [{ name: 'people', for: { user: '*' }, caps: [{ per: 'day', calls: 5 }] }],
    }),
    { maxAccounts: 10 },
  );
  const who = (index: number) => spender({ run: `run_${index}`, attribution: { user: `user${index}` } });
  for (let round = 0; round < 3; round++)
    for (let index = 0; index < 40; index++) budgets.settle(await grant(budgets, calls(1), who(index)), calls(1));
  for (let index = 0; index < 40; index++) expect(await refusal(budgets, calls(1), who(index))).toBeDefined();
  await grant(budgets, calls(2), spender({ run: 'run_new', attribution: { user: 'user1' } }));
  await refusal(budgets, calls(1), spender({ run: 'run_other', attribution: { user: 'user1' } }));
});

test('escrow of a dead process comes back, except what was held', async () => {
  const fleet = refundFleet({ per: 'day', calls: 100 });
  const dead = await budgetsOf(fleet);
  dead.settle(await grant(dead, calls(5)), calls(5));
  await grant(dead, calls(20));
  await dead.flush();
  const alive = await budgetsOf(fleet);
  expect((await alive.usage('main'))[0]).toMatchObject({ spent: 25, reserved: 0 });
  await grant(alive, calls(75));
  await refusal(alive, calls(1));
});

test('old windows are removed', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'hour', calls: 5 }, { per: 'run', calls: 5 }));
  budgets.settle(await grant(budgets, calls(1)), calls(1));
  await budgets.flush();
  now += 8 * 86_400_000;
  await grant(budgets, calls(1), spender({ run: 'run_2' }));
  await budgets.sweep();
  await budgets.flush();
  expect((await rows()).map((row) => row.window_label)).toEqual(['2026-11-28T12', 'run run_2']);
});

test('a reservation that nobody settles is charged after a day', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'month', calls: 5 }));
  await grant(budgets, calls(3));
  now += 86_400_000;
  await budgets.sweep();
  expect((await budgets.usage('main'))[0]).toMatchObject({ spent: 3, reserved: 0 });
});

test('a cost that was not reserved for is still charged', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'day', tokens: 100 }));
  budgets.settle(await grant(budgets, usd(0.1)), { nanoUsd: 0, tokens: 120, calls: 1 });
  expect((await budgets.usage('main'))[0]).toMatchObject({ overrun: 120 });
  await refusal(budgets, { nanoUsd: 0, tokens: 1, calls: 1 });
});

test('an amount that is no whole number is refused, and such a cost is charged as reserved', async () => {
  const budgets = await budgetsOf(refundFleet({ per: 'day', calls: 5 }));
  for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => budgets.reserve(spender(), calls(bad), true)).toThrow(
      expect.objectContaining({ code: 'fail_closed' }),
    );
  budgets.settle(await grant(budgets, calls(2)), calls(Number.NaN));
  expect((await budgets.usage('main'))[0]).toMatchObject({ spent: 2 });
});

test('a budget for nobody and a time zone that is none are told at apply', async () => {
  const budgets = new Budgets({ storage });
  const { problems } = await budgets.prepare(
    fleetWith({
      timeZone: 'Mars/Olympus',
      budgets: [{ name: 'lost', for: { agent: 'ghost' }, caps: [{ per: 'day', usd: 1 }] }],
    }),
  );
  expect(problems.map(({ object, path }) => [object?.kind, path])).toEqual([
    ['Workspace', ['timeZone']],
    ['Budget', ['for', 'agent']],
  ]);
  await budgets[Symbol.asyncDispose]();
});

test('no interleaving spends past a cap, and none is refused while there is room', async () => {
  const step = fc.record({
    amount: fc.integer({ min: 0, max: 9 }),
    actual: fc.double({ min: 0, max: 1, noNaN: true }),
    ms: fc.nat(3),
  });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 1, max: 60 }),
      async (steps, limit) => {
        const budgets = await budgetsOf(refundFleet({ per: 'day', calls: limit }, { per: 'run', calls: limit + 5 }));
        const who = spender({ run: `run_p${++round}` });
        now += 86_400_000;
        let held = 0;
        let spent = 0;
        await Promise.all(
          steps.map(async ({ amount, actual, ms }) => {
            for (let turn = 0; turn < ms; turn++) await new Promise((resolve) => setImmediate(resolve));
            const result = await budgets.reserve(who, calls(amount), true);
            if (!result.granted) return expect(held + spent + amount).toBeGreaterThan(limit);
            held += amount;
            expect(held + spent).toBeLessThanOrEqual(limit);
            await new Promise((resolve) => setImmediate(resolve));
            const cost = Math.round(amount * actual);
            budgets.settle(result.reservation, calls(cost));
            held -= amount;
            spent += cost;
          }),
        );
        await budgets[Symbol.asyncDispose]();
        const row = (await rows()).find((one) => one.per === 'run' && one.window_label === `run run_p${round}`);
        if (spent > 0) expect(row).toMatchObject({ spent, held: 0, reserved: 0 });
      },
    ),
    { numRuns: 40, seed: 20261120 },
  );
});
