import { expect, test } from 'vitest';
import { buildState } from './build-state.ts';
import { digestOf } from './distinct-values.ts';
import type { Aggregate } from './signal.ts';
import type { SeenEvent, SignalState } from './signal-state.ts';
import { windowNamed, windowOf } from './window.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function state(aggregate: Aggregate, windowMs: number, valued = true): SignalState {
  return buildState(windowOf({ id: 'rules/s', aggregate, windowMs, valued }));
}

function event(atMs: number, value: number, open = false): SeenEvent {
  return { atMs, value, action: 'act_1', ordinal: 0, open };
}

test('ten times 0.1 is 1, also after what was large has left the window', () => {
  const sum = state('sum', HOUR);
  sum.add(event(NOON - HOUR - 1, 1e15));
  for (let each = 0; each < 10; each++) sum.add(event(NOON, 0.1));
  expect(sum.value(NOON)).toBe(1);
});

test('what rounding loses in one part of a long window is not lost to the whole', () => {
  const sum = state('sum', 60 * HOUR);
  sum.add(event(NOON, 1e16));
  for (let each = 0; each < 3; each++) sum.add(event(NOON, 1));
  sum.add(event(NOON + HOUR, -1e16));
  expect(sum.value(NOON + HOUR)).toBe(3);
  const again = buildState(windowOf({ id: 's', aggregate: 'sum', windowMs: 60 * HOUR, valued: true }), sum.save());
  expect(again.value(NOON + HOUR)).toBe(3);
});

test('an event is in the window until its age is the window', () => {
  const count = state('count', HOUR);
  count.add(event(NOON, 1));
  expect([count.value(NOON + HOUR - 1), count.value(NOON + HOUR)]).toEqual([1, 0]);
});

test('a long window may be a sixtieth longer, but is empty when nothing happened in it', () => {
  const count = state('count', 60 * HOUR);
  for (let each = 0; each < 200; each++) count.add(event(NOON + each, 1));
  const later = NOON + 60 * HOUR + 30 * 60_000;
  expect(count.value(later)).toBe(0);
  count.add(event(later - HOUR, 1));
  expect(count.value(later)).toBe(201);
  expect(count.value(later + HOUR)).toBe(1);
});

test('beyond 10,000 events a short window is too large by no more than a sixtieth, and never too small', () => {
  const count = state('count', HOUR);
  for (let each = 0; each < 50_000; each++) {
    const atMs = NOON + each * 100;
    count.add(event(atMs, 1));
    if (each % 997 !== 0) continue;
    const exact = Math.min(each + 1, 36_000);
    expect(count.value(atMs)).toBeGreaterThanOrEqual(exact);
    expect(count.value(atMs)).toBeLessThanOrEqual(exact + 600);
  }
  expect(count.weight).toBeLessThan(11_000);
});

test('a long window is small however many events there are, and open ones stay apart', () => {
  const max = state('max', 365 * DAY);
  const open = event(NOON, 9_999, true);
  max.add(open);
  for (let each = 0; each < 20_000; each++) max.add(event(NOON + each * 30 * 60_000, each % 100));
  expect(max.weight).toBeLessThan(400);
  const withdrawn = event(NOON + 9_000 * 30 * 60_000, 500, true);
  max.add(withdrawn);
  expect(max.value(NOON + 20_000 * 30 * 60_000)).toBe(500);
  max.remove(withdrawn);
  expect(max.value(NOON + 20_000 * 30 * 60_000)).toBe(99);
});

test('distinct is exact up to 1,000 values, estimated beyond, and exact again when the flood has passed', () => {
  const distinct = state('distinct', DAY);
  for (let each = 0; each < 1_000; each++) distinct.add(event(NOON + each, digestOf(`value ${each}`)));
  expect(distinct.value(NOON + 1_000)).toBe(1_000);
  for (let each = 1_000; each < 60_000; each++) distinct.add(event(NOON + each * 10, digestOf(`value ${each}`)));
  const estimate = distinct.value(NOON + 600_000) as number;
  // Three standard errors.
  expect(Math.abs(estimate / 60_000 - 1)).toBeLessThan(0.07);
  expect(distinct.weight).toBeLessThan(3_000);
  for (let each = 0; each < 5; each++) distinct.add(event(NOON + 2 * DAY + each, digestOf(`late ${each}`)));
  expect(distinct.value(NOON + 2 * DAY + 5)).toBe(5);
});

test.each([1_500, 4_000, 11_000, 30_000, 300_000])('%i different values are estimated within 7 %%', (size) => {
  const distinct = state('distinct', DAY);
  for (let each = 0; each < size; each++) distinct.add(event(NOON + each, digestOf(`customer ${each}`)));
  const before = distinct.value(NOON + size) as number;
  expect(Math.abs(before / size - 1)).toBeLessThan(0.07);
  for (let each = 0; each < 500; each++) distinct.add(event(NOON + size, digestOf(`customer ${each}`)));
  expect(Math.abs((distinct.value(NOON + size) as number) / before - 1)).toBeLessThan(0.01);
});

test('of one value with many open events each can be withdrawn', () => {
  const distinct = state('distinct', HOUR);
  const events = Array.from({ length: 50 }, (_, each) => event(NOON + each, digestOf('erp'), true));
  for (const each of events) distinct.add(each);
  for (const each of events.slice(0, 20)) each.open = false;
  for (const each of events.slice(20)) distinct.remove(each);
  expect(distinct.value(NOON + 19 + HOUR - 1)).toBe(1);
  expect(distinct.value(NOON + 19 + HOUR)).toBe(0);
});

test('what is usual counts empty sixtieths since the first event, and begins anew after silence', () => {
  const usual = state('baseline', HOUR, false);
  const minute = (count: number) => NOON + count * 60_000;
  usual.add(event(minute(0), 0));
  usual.add(event(minute(0), 0));
  usual.add(event(minute(3), 0));
  expect(usual.value(minute(4))).toMatchObject({ n: 4, mean: 0.75 });
  // The minute under way is left out.
  usual.add(event(minute(4), 0));
  expect(usual.value(minute(4))).toMatchObject({ n: 4, mean: 0.75 });
  expect(usual.value(minute(90))).toEqual({ n: 0, mean: 0, spread: 0 });
  usual.add(event(minute(200), 0));
  expect(usual.value(minute(202))).toEqual({ n: 2, mean: 0.5, spread: 0.5 });
});

test('what is usual stays so for a key that is older than its window', () => {
  const usual = state('baseline', HOUR, false);
  for (let minute = 0; minute < 500; minute += 10) usual.add(event(NOON + minute * 60_000, 0));
  expect(usual.value(NOON + 499 * 60_000)).toMatchObject({ n: 60, mean: 0.1 });
  expect(usual.weight).toBeLessThan(200);
});

test('a window is found again by the name it is stored under', () => {
  const signal = { id: 'a b/c\nd', aggregate: 'first_seen', windowMs: DAY, valued: false } as const;
  expect(windowNamed(windowOf(signal).name)?.signal).toEqual(signal);
  expect(windowNamed('no such')).toBeUndefined();
});
