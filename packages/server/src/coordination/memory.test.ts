import { expect, test } from 'vitest';
import { MemoryCoordination } from './memory.ts';

const MINUTE_MS = 60_000;

test('a window counts to its limit and not beyond, and turns', () => {
  const counters = new MemoryCoordination();
  const count = (atMs: number, key = 'calls refund') => counters.countInWindow(key, 2, MINUTE_MS, atMs);
  expect(count(1_000)).toEqual({ counted: true, count: 1, resetsAtMs: MINUTE_MS });
  expect(count(2_000).counted).toBe(true);
  expect(count(59_999)).toEqual({ counted: false, count: 2, resetsAtMs: MINUTE_MS });
  expect(count(2_000, 'calls other').counted).toBe(true);
  expect(count(MINUTE_MS)).toEqual({ counted: true, count: 1, resetsAtMs: 2 * MINUTE_MS });
});

test('a clock set back opens no window a second time', () => {
  const counters = new MemoryCoordination();
  const count = (atMs: number) => counters.countInWindow('calls refund', 1, MINUTE_MS, atMs);
  expect(count(5 * MINUTE_MS).counted).toBe(true);
  expect(count(1 * MINUTE_MS)).toMatchObject({ counted: false, resetsAtMs: 6 * MINUTE_MS });
});
