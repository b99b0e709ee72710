import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type Storage } from '../../storage/index.ts';
import { eventsOf, type StepEvent } from './chain.ts';
import { type OpenMatches, SequenceBook, type SequenceShape } from './sequence-book.ts';

const HOUR = 3_600_000;
const SEQUENCE: SequenceShape = { id: 'p/s@1', withinMs: 2 * HOUR, steps: { length: 3 } };

let directory: string;
let storage: Storage;
let nowMs = 0;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reeve-sequence-'));
  storage = await openSqlite(directory);
  nowMs = 1_000 * HOUR;
});

afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function bookOf(maxIdle?: number): SequenceBook {
  const onFault = (message: string, error: unknown) => {
    throw new Error(message, { cause: error });
  };
  return new SequenceBook({ storage, onFault, now: () => nowMs, ...(maxIdle === undefined ? {} : { maxIdle }) });
}

interface Step {
  readonly action: string;
  readonly atMs: number;
  readonly steps: readonly number[];
  readonly key?: string;
  readonly workspace?: string;
}

async function judge(book: SequenceBook, step: Step): Promise<{ match: string[] | undefined; open: OpenMatches }> {
  const { action, atMs, steps, key = 'k', workspace = 'default' } = step;
  const open = await book.open(workspace, [{ sequence: SEQUENCE, key }]);
  const event: StepEvent = { action, agent: 'a', tool: 't', atMs, steps };
  const link = open.record(0, event);
  open.close();
  return { match: link && eventsOf(link).map((one) => one.action), open };
}

async function pass(book: SequenceBook, step: Step): Promise<string[] | undefined> {
  const { match, open } = await judge(book, step);
  await storage.write(open.statements(), 'process');
  return match;
}

const at = (minutes: number): number => 1_000 * HOUR + minutes * 60_000;

test('steps in order within the window make a match, named oldest first', async () => {
  await using book = bookOf();
  expect(await pass(book, { action: 'a', atMs: at(0), steps: [0] })).toBeUndefined();
  expect(await pass(book, { action: 'x', atMs: at(1), steps: [2] })).toBeUndefined();
  expect(await pass(book, { action: 'b', atMs: at(2), steps: [1] })).toBeUndefined();
  expect(await pass(book, { action: 'c', atMs: at(119), steps: [2] })).toEqual(['a', 'b', 'c']);
  expect(await pass(book, { action: 'd', atMs: at(121), steps: [2] })).toBeUndefined();
});

test('one action is one step, also where it fits several', async () => {
  await using book = bookOf();
  expect(await pass(book, { action: 'a', atMs: at(0), steps: [0, 1, 2] })).toBeUndefined();
  expect(await pass(book, { action: 'b', atMs: at(1), steps: [0, 1, 2] })).toBeUndefined();
  expect(await pass(book, { action: 'c', atMs: at(2), steps: [0, 1, 2] })).toEqual(['a', 'b', 'c']);
});

test('another key and another workspace have no part in it', async () => {
  await using book = bookOf();
  await pass(book, { action: 'a', atMs: at(0), steps: [0] });
  await pass(book, { action: 'b', atMs: at(1), steps: [1] });
  expect(await pass(book, { action: 'c', atMs: at(2), steps: [2], key: 'other' })).toBeUndefined();
  expect(await pass(book, { action: 'd', atMs: at(2), steps: [2], workspace: 'other' })).toBeUndefined();
  expect(await pass(book, { action: 'e', atMs: at(2), steps: [2] })).toEqual(['a', 'b', 'e']);
});

test('a window that an apply changes counts at once', async () => {
  await using book = bookOf();
  await pass(book, { action: 'a', atMs: at(0), steps: [0] });
  await pass(book, { action: 'b', atMs: at(1), steps: [1] });
  const shorter = { ...SEQUENCE, withinMs: 60_000 };
  const open = await book.open('default', [{ sequence: shorter, key: 'k' }]);
  const event = { action: 'c', agent: 'a', tool: 't', atMs: at(2), steps: [2] };
  expect(open.record(0, event)).toBeUndefined();
  open.close();
  expect(await pass(book, event)).toEqual(['a', 'b', 'c']);
});

test('what is withdrawn was never there, and what it hid comes back', async () => {
  await using book = bookOf();
  await pass(book, { action: 'a', atMs: at(0), steps: [0] });
  await pass(book, { action: 'b', atMs: at(1), steps: [1] });
  const late = await judge(book, { action: 'b2', atMs: at(2), steps: [0, 1] });
  late.open.withdraw();
  late.open.withdraw();
  expect(await pass(book, { action: 'c', atMs: at(3), steps: [2] })).toEqual(['a', 'b', 'c']);
});

test('what is under way counts for those beside it', async () => {
  await using book = bookOf();
  const [, , third] = await Promise.all([
    judge(book, { action: 'a', atMs: at(0), steps: [0] }),
    judge(book, { action: 'b', atMs: at(0), steps: [1] }),
    judge(book, { action: 'c', atMs: at(0), steps: [2] }),
  ]);
  expect(third?.match).toEqual(['a', 'b', 'c']);
});

test('a restart, and keys that leave memory, change nothing', async () => {
  const before = bookOf();
  await pass(before, { action: 'a', atMs: at(0), steps: [0] });
  await pass(before, { action: 'b', atMs: at(1), steps: [1] });
  await before[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  storage = await openSqlite(directory);
  await using book = bookOf(1);
  for (let i = 0; i < 30; i++) {
    nowMs += 5_000;
    await pass(book, { action: `o${i}`, atMs: at(2), steps: [0], key: `other-${i}` });
  }
  expect(await pass(book, { action: 'c', atMs: at(3), steps: [2] })).toEqual(['a', 'b', 'c']);
  nowMs += 3 * HOUR;
  await book.sweep();
  expect(await storage.read('SELECT * FROM risk_sequence_match')).toEqual([]);
});

/** Mulberry32: numbers from 0 up to, without, `below`. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 0x9e3779b9;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** All ways to choose one action per step, in order. */
function exists(events: readonly StepEvent[], step: number, from: number, startMs: number | undefined): boolean {
  const final = events.length - 1;
  for (let i = from; i <= final; i++) {
    const event = events[i] as StepEvent;
    const isLast = step === SEQUENCE.steps.length - 1;
    if (!event.steps.includes(step) || isLast !== (i === final)) continue;
    const start = startMs ?? event.atMs;
    if (event.atMs - start > SEQUENCE.withinMs) continue;
    if (isLast || exists(events, step + 1, i + 1, start)) return true;
  }
  return false;
}

test.each([1, 2, 3, 4, 5, 6])('agrees with trying everything, seed %i', async (seed) => {
  const random = randomOf(seed);
  let book = bookOf(2);
  const counted = new Map<string, StepEvent[]>();
  let minute = 0;
  let matched = 0;
  let missed = 0;
  for (let i = 0; i < 150; i++) {
    minute += random(18);
    nowMs = at(minute);
    const key = `k${random(3)}`;
    const steps = [0, 1, 2].filter(() => random(5) < 2);
    if (steps.length === 0) continue;
    const event: StepEvent = { action: `act${i}`, agent: 'a', tool: 't', atMs: at(minute - random(3)), steps };
    const history = counted.get(key) ?? [];
    const { match, open } = await judge(book, { ...event, key });
    expect(match !== undefined).toBe(exists([...history, event], 0, 0, undefined));
    if (match !== undefined) matched += 1;
    else if (steps.includes(2)) missed += 1;
    if (random(4) === 0) open.withdraw();
    else {
      await storage.write(open.statements(), 'process');
      counted.set(key, [...history, event]);
    }
    if (random(20) === 0) {
      await book[Symbol.asyncDispose]();
      book = bookOf(2);
    }
  }
  await book[Symbol.asyncDispose]();
  expect(matched).toBeGreaterThan(5);
  expect(missed).toBeGreaterThan(5);
});

test('more steps under way than are kept apart: the oldest count for good, and memory does not grow', async () => {
  await using book = bookOf();
  const opens: OpenMatches[] = [];
  for (let i = 0; i < 1_000; i++) opens.push((await judge(book, { action: `a${i}`, atMs: at(0), steps: [0] })).open);
  for (const open of opens) open.withdraw();
  // Settled while under way, so not taken back: the stricter reading.
  await pass(book, { action: 'b', atMs: at(1), steps: [1] });
  expect(await pass(book, { action: 'c', atMs: at(2), steps: [2] })).toEqual(['a743', 'b', 'c']);
});

test('withdrawn too late, a step stays: the stricter reading', async () => {
  await using book = bookOf();
  await pass(book, { action: 'a', atMs: at(0), steps: [0] });
  const { open } = await judge(book, { action: 'b', atMs: at(1), steps: [1] });
  await storage.write(open.statements(), 'process');
  nowMs += 20_000;
  await pass(book, { action: 'x', atMs: at(1), steps: [0], key: 'other' });
  await pass(book, { action: 'y', atMs: at(1), steps: [0] });
  open.withdraw();
  expect(await pass(book, { action: 'c', atMs: at(2), steps: [2] })).toEqual(['a', 'b', 'c']);
});

test('when too many keys are under way some are refused, and keys named beside them go on as ever', async () => {
  const rejected: unknown[] = [];
  const hear = (error: unknown) => void rejected.push(error);
  process.on('unhandledRejection', hear);
  const onFault = () => undefined;
  await using book = new SequenceBook({ storage, onFault, now: () => nowMs, maxBusy: 2 });
  const ref = (key: string) => ({ sequence: SEQUENCE, key });
  await pass(book, { action: 'a', atMs: at(0), steps: [0], key: 'known' });
  nowMs += 30_000;
  for (const key of ['one', 'two']) await pass(book, { action: key, atMs: at(0), steps: [], key });
  // By now `known` is idle, and two others are under way.
  const refused = async () => {
    for (const keys of [
      ['one', 'known'],
      ['never read', 'known'],
    ])
      await expect((async () => book.open('default', keys.map(ref)))()).rejects.toMatchObject({ code: 'overloaded' });
  };
  await refused();
  await new Promise((resolve) => setImmediate(resolve));
  nowMs += 30_000;
  await pass(book, { action: 'z', atMs: at(0), steps: [], key: 'one' });
  nowMs += 30_000;
  expect(await pass(book, { action: 'b', atMs: at(1), steps: [1], key: 'known' })).toBeUndefined();
  expect(await pass(book, { action: 'c', atMs: at(2), steps: [2], key: 'known' })).toEqual(['a', 'b', 'c']);
  process.off('unhandledRejection', hear);
  expect(rejected).toEqual([]);
});

test('a clock that is set back does not keep keys under way until it has caught up', async () => {
  const onFault = () => undefined;
  await using book = new SequenceBook({ storage, onFault, now: () => nowMs, maxBusy: 10 });
  for (let i = 0; i < 10; i++) await pass(book, { action: `a${i}`, atMs: at(0), steps: [0], key: `k${i}` });
  nowMs -= 5 * HOUR;
  for (let i = 0; i < 4; i++) {
    await book.open('default', []);
    nowMs += 12_000;
  }
  expect(await pass(book, { action: 'b', atMs: at(1), steps: [1], key: 'new' })).toBeUndefined();
  await pass(book, { action: 'b', atMs: at(1), steps: [1], key: 'k3' });
  expect(await pass(book, { action: 'c', atMs: at(2), steps: [2], key: 'k3' })).toEqual(['a3', 'b', 'c']);
});
