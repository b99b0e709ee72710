import { expect, test } from 'vitest';
import type { Storage } from '../storage/index.ts';
import { AccountBook } from './account-book.ts';
import type { CapRule } from './budget-cap.ts';
import { BudgetStore } from './budget-store.ts';

type Collect = Parameters<Storage['beforeGroup']>[0];

const rule: CapRule = {
  id: 'agent refund|day|calls',
  cap: { per: 'day', calls: 10 },
  source: 'agent refund',
  kind: 'agent',
  value: 'refund',
  measure: 'calls',
  limit: 10,
  tell: [],
};
const today = { label: '2026-11-20', endsAtMs: 2_000 };

function bookWith(maxAccounts?: number) {
  let collect: Collect = () => undefined;
  const storage: Pick<Storage, 'beforeGroup' | 'read' | 'write'> = {
    beforeGroup: (collector) => {
      collect = collector;
    },
    read: async () => [],
    write: async () => ({ ok: true, lastIds: [], changes: [] }),
  };
  const book = new AccountBook(new BudgetStore(storage as Storage), () => 1_000, maxAccounts);
  return { book, collect: () => collect() };
}

/** reserved, held, spent, overrun */
const numbers = (group: ReturnType<Collect>) => group?.statements.at(-1)?.params.slice(0, 4);

test('changes of a group that failed go with the next, together with what came meanwhile', () => {
  const { book, collect } = bookWith();
  const account = book.open('main', rule, 'refund', today);
  account.take(8);
  account.hold(5);
  book.changed(account);
  const failed = collect();
  expect(numbers(failed)).toEqual([0, 5, 0, 0]);
  expect(collect()).toBeUndefined();
  account.settle(5, 3);
  book.changed(account);
  failed?.settled(false);
  expect(book.failures).toBe(1);
  const again = collect();
  expect(numbers(again)).toEqual([-3, 0, 3, 0]);
  again?.settled(true);
  expect(book.failures).toBe(0);
  expect(collect()).toBeUndefined();
  expect(account.clean).toBe(true);
});

test('an evicted account is found again until its row knows everything', () => {
  const { book, collect } = bookWith(1);
  const account = book.open('main', rule, 'refund', today);
  account.take(8);
  book.open('main', rule, 'other', today);
  expect(book.open('main', rule, 'refund', today)).toBe(account);
  expect(account.free).toBe(0);
  const group = collect();
  expect(numbers(group)).toEqual([-8, 0, 0, 0]);
  book.open('main', rule, 'other', today);
  expect(book.open('main', rule, 'refund', today)).toBe(account);
  group?.settled(true);
  book.open('main', rule, 'other', today);
  expect(book.open('main', rule, 'refund', today)).not.toBe(account);
  expect(book.size).toBe(1);
});

test('an account that somebody refers to is not evicted', () => {
  const { book } = bookWith(1);
  const account = book.open('main', rule, 'refund', today);
  account.take(1);
  account.hold(1);
  for (let index = 0; index < 20; index++) book.open('main', rule, `user${index}`, today);
  expect(book.open('main', rule, 'refund', today)).toBe(account);
  expect(book.open('other', rule, 'refund', today)).not.toBe(account);
});
