import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type Storage } from '../storage/index.ts';
import { calls, refundFleet, spender } from './__fixtures__/budget-fleet.ts';
import { isLinearizable, type Model, type Operation } from './__fixtures__/linearizable.ts';
import { Budgets } from './budgets.ts';

const LIMIT = 20;

type Input =
  | { readonly kind: 'reserve'; readonly amount: number }
  | { readonly kind: 'settle'; readonly amount: number; readonly actual: number }
  | { readonly kind: 'read' };
type Output = 'granted' | 'refused' | 'done' | { readonly reserved: number; readonly spent: number };
interface State {
  readonly reserved: number;
  readonly spent: number;
}
type History = Operation<Input, Output>[];

const budget: Model<State, Input, Output> = {
  initial: { reserved: 0, spent: 0 },
  key: ({ reserved, spent }) => `${reserved}/${spent}`,
  step({ reserved, spent }, input, output) {
    if (input.kind === 'settle')
      return [{ reserved: reserved - input.amount, spent: spent + input.actual }].filter(
        (state) => state.reserved >= 0,
      );
    if (input.kind === 'read') {
      const same = typeof output !== 'object' || (output.reserved === reserved && output.spent === spent);
      return same ? [{ reserved, spent }] : [];
    }
    const fits = reserved + spent + input.amount <= LIMIT;
    if (output !== undefined && fits !== (output === 'granted')) return [];
    return [fits ? { reserved: reserved + input.amount, spent } : { reserved, spent }];
  },
};

let directory: string;
let storage: Storage;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-history-'));
  storage = await openSqlite(directory);
});

afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

interface Plan {
  readonly wait: number;
  readonly amount: number;
  readonly actual: number;
  readonly between: number;
  readonly read: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  wait: fc.nat(4),
  amount: fc.integer({ min: 1, max: 9 }),
  actual: fc.nat(9),
  between: fc.nat(4),
  read: fc.boolean(),
});

async function record(plans: readonly Plan[]): Promise<History> {
  const budgets = new Budgets({ storage, now: () => Date.UTC(2026, 10, 20) });
  await storage.write([{ sql: 'DELETE FROM budget_window', params: [] }], 'process');
  (await budgets.prepare(refundFleet({ per: 'day', calls: LIMIT }))).activate();
  const history: History = [];
  let clock = 0;
  const timed = async <T extends Output>(input: Input, work: () => T | Promise<T>): Promise<T> => {
    const called = ++clock;
    const output = await work();
    history.push({ input, output, called, returned: ++clock });
    return output;
  };
  const client = async ({ wait, amount, actual, between, read }: Plan) => {
    await turns(wait);
    let settle: ((cost: number) => void) | undefined;
    await timed({ kind: 'reserve', amount }, async () => {
      const result = await budgets.reserve(spender(), calls(amount), true);
      if (!result.granted) return 'refused';
      settle = (cost) => budgets.settle(result.reservation, calls(cost));
      return 'granted';
    });
    await turns(between);
    if (read) await timed({ kind: 'read' }, () => readRow(budgets));
    const cost = Math.min(actual, amount);
    if (settle === undefined) return;
    const settleOnce = settle;
    await timed({ kind: 'settle', amount, actual: cost }, () => {
      settleOnce(cost);
      return 'done';
    });
  };
  await Promise.all(plans.map(client));
  await budgets[Symbol.asyncDispose]();
  return history;
}

async function readRow(budgets: Budgets): Promise<{ reserved: number; spent: number }> {
  const [row] = await budgets.usage('main');
  return { reserved: row?.reserved ?? 0, spent: (row?.spent ?? 0) + (row?.overrun ?? 0) };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('histories of concurrent callers are those of one caller at a time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { minLength: 4, maxLength: 9 }), async (plans) => {
      expect(isLinearizable(budget, await record(plans))).toBe(true);
    }),
    { numRuns: 150, seed: 20261120 },
  );
});

const at = (input: Input, output: Output | undefined, called: number, returned: number | undefined) => ({
  input,
  output,
  called,
  returned,
});
const reserve = (amount: number, output: 'granted' | 'refused', called: number, returned: number) =>
  at({ kind: 'reserve', amount }, output, called, returned);

test.each<[string, boolean, History]>([
  ['grants that fit', true, [reserve(10, 'granted', 1, 2), reserve(10, 'granted', 3, 4)]],
  ['an overspend', false, [reserve(15, 'granted', 1, 2), reserve(10, 'granted', 3, 4)]],
  ['an overspend of overlapping calls', false, [reserve(15, 'granted', 1, 4), reserve(10, 'granted', 2, 3)]],
  ['a refusal while there is room', false, [reserve(5, 'granted', 1, 2), reserve(10, 'refused', 3, 4)]],
  ['a refusal by a later grant', false, [reserve(10, 'refused', 1, 2), reserve(15, 'granted', 3, 4)]],
  ['a refusal by an overlapping grant', true, [reserve(10, 'refused', 1, 3), reserve(15, 'granted', 2, 4)]],
  [
    'room by a settle of the same time',
    true,
    [
      reserve(20, 'granted', 1, 2),
      at({ kind: 'settle', amount: 20, actual: 5 }, 'done', 3, 6),
      reserve(15, 'granted', 4, 5),
    ],
  ],
  [
    'room that the settle did not make',
    false,
    [
      reserve(20, 'granted', 1, 2),
      at({ kind: 'settle', amount: 20, actual: 6 }, 'done', 3, 6),
      reserve(15, 'granted', 4, 5),
    ],
  ],
  ['a stale read', false, [reserve(5, 'granted', 1, 2), at({ kind: 'read' }, { reserved: 0, spent: 0 }, 3, 4)]],
  [
    'a call that never returned may have been granted',
    true,
    [at({ kind: 'reserve', amount: 15 }, undefined, 1, undefined), reserve(10, 'refused', 2, 3)],
  ],
  [
    'or may not have begun',
    true,
    [at({ kind: 'reserve', amount: 15 }, undefined, 1, undefined), reserve(10, 'granted', 2, 3)],
  ],
])('the checker judges %s: %s', (_what, expected, history) => {
  expect(isLinearizable(budget, history)).toBe(expected);
});

test('the checker rejects recorded histories once they are corrupted', async () => {
  const plans = Array.from({ length: 8 }, (_, index) => ({
    wait: 0,
    amount: 5,
    actual: 5,
    between: index % 3,
    read: false,
  }));
  const history = await record(plans);
  const flipped = (from: Output, to: Output) => {
    const index = history.findIndex((operation) => operation.output === from);
    return history.map((operation, at) => (at === index ? { ...operation, output: to } : operation));
  };
  expect(isLinearizable(budget, history)).toBe(true);
  expect(isLinearizable(budget, flipped('refused', 'granted'))).toBe(false);
  expect(isLinearizable(budget, flipped('granted', 'refused'))).toBe(false);
});
