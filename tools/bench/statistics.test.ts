import { expect, test } from 'vitest';
import { addedPerRound, latencyOf, median, percentile, ratioPerRound, spreadOf } from './statistics.ts';

test('a spread does not depend on the order of rounds', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('percentiles lie between neighbours', () => {
  expect(percentile([10, 20], 0.5)).toBe(15);
  expect(percentile([1, 2, 3, 4, 5], 0.99)).toBeCloseTo(4.96);
  expect(percentile([7], 0.99)).toBe(7);
});

test('nothing measured is not zero', () => {
  expect(percentile([], 0.5)).toBeNaN();
  expect(spreadOf([]).median).toBeNaN();
});

test('latencies are sorted as numbers', () => {
  expect(latencyOf([100, 9, 20])).toMatchObject({ p50: 20, count: 3 });
});

test('rounds are compared with their neighbours', () => {
  expect(addedPerRound([11, 31, 21], [10, 30, 20]).median).toBe(1);
  expect(ratioPerRound([50, 20, 30], [100, 40, 60])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
});
