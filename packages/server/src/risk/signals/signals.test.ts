import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '../../lib/index.ts';
import { openSqlite, type Storage } from '../../storage/index.ts';
import {
  type Aggregate,
  type Counted,
  type SignalDefinition,
  type SignalRef,
  Signals,
  type SignalValue,
} from './signals.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SUM_DAY = define('sum', DAY, true);
const COUNT_HOUR = define('count', HOUR, false);

let directory: string;
let storage: Storage;
let now: number;
let faults: string[];
let opened: Signals[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-signals-'));
  storage = await openSqlite(directory);
  now = NOON;
  faults = [];
  opened = [];
});

afterEach(async () => {
  for (const signals of opened) await signals[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function define(aggregate: Aggregate, windowMs: number, valued: boolean): SignalDefinition {
  return { id: `rules/${aggregate}`, aggregate, windowMs, valued };
}

function open(more: { storage?: Storage; maxKeys?: number } = {}): Signals {
  const signals = new Signals({ storage, now: () => now, onFault: (message) => faults.push(message), ...more });
  opened.push(signals);
  return signals;
}

async function act(signals: Signals, { signal, key }: SignalRef, value?: number | string): Promise<Counted> {
  const event = value === undefined ? { signal, key } : { signal, key, value };
  const work = () => signals.count('main', [event], newId('action'), now);
  return signals.whenLoaded('main', [event], now, work);
}

async function read(signals: Signals, { signal, key }: SignalRef, workspace = 'main'): Promise<SignalValue> {
  return signals.whenLoaded(workspace, [{ signal, key }], now, () => signals.read(workspace, signal, key, now));
}

const write = (counted: Counted) => storage.write(counted.statements(), 'process');
const rows = async () =>
  (await storage.read('SELECT id FROM risk_recent_event UNION ALL SELECT id FROM risk_event')).length;

test('of 50 orders at once, of a key that is not yet in memory, exactly as many pass as the cap allows', async () => {
  const signals = open();
  const vendor = { signal: SUM_DAY, key: 'erp' };
  await write(await act(signals, vendor, 1_000));
  const again = open();
  const order = async () => {
    const passes = await again.whenLoaded('main', [vendor], now, () => {
      const before = again.read('main', SUM_DAY, 'erp', now) as number;
      if (before + 900 > 10_000) return false;
      again.count('main', [{ ...vendor, value: 900 }], newId('action'), now);
      return true;
    });
    return passes;
  };
  const passed = await Promise.all(Array.from({ length: 50 }, order));
  expect(passed.filter((passes) => passes)).toHaveLength(10);
});

test('a withdrawn action leaves no trace, whether it was written or not', async () => {
  const signals = open();
  const vendor = { signal: SUM_DAY, key: 'erp' };
  await write(await act(signals, vendor, 5));
  const tentative = await act(signals, vendor, 7);
  const written = await act(signals, vendor, 9);
  await write(written);
  expect(await read(signals, vendor)).toBe(21);
  tentative.withdraw();
  written.withdraw();
  written.withdraw();
  expect(tentative.statements()).toEqual([]);
  expect(await read(signals, vendor)).toBe(5);
  await signals[Symbol.asyncDispose]();
  expect(await rows()).toBe(1);
  expect(await read(open(), vendor)).toBe(5);
});

test('rows that arrive after their action was withdrawn go again', async () => {
  const signals = open();
  const counted = await act(signals, { signal: COUNT_HOUR, key: 'erp' });
  const late = write(counted);
  counted.withdraw();
  await late;
  await signals[Symbol.asyncDispose]();
  expect(await rows()).toBe(0);
});

test('what cannot be deleted is told, kept in memory as it should be, and deleted once the database takes it', async () => {
  let broken = false;
  const fragile = new Proxy(storage, {
    get: (target, name) => {
      if (name === 'write' && broken) return () => Promise.reject(new Error('disk full'));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const signals = open({ storage: fragile, maxKeys: 1 });
  const key = { signal: COUNT_HOUR, key: 'erp' };
  const counted = await act(signals, key);
  await write(counted);
  broken = true;
  counted.withdraw();
  for (const other of ['a', 'b', 'c']) await read(signals, { signal: COUNT_HOUR, key: other });
  expect(await read(signals, key)).toBe(0);
  expect(faults).toEqual(['withdrawn actions could not be deleted from signals yet']);
  broken = false;
  await signals.keep();
  expect(await rows()).toBe(0);
});

test('withdrawn too late, it stays counted and is told', async () => {
  const signals = open();
  const key = { signal: COUNT_HOUR, key: 'erp' };
  const counted = await act(signals, key);
  await write(counted);
  now += 20_000;
  expect(await read(signals, key)).toBe(1);
  counted.withdraw();
  expect(await read(signals, key)).toBe(1);
  expect(faults).toHaveLength(1);
});

test('another workspace has signals of its own', async () => {
  const signals = open();
  const key = { signal: COUNT_HOUR, key: 'erp' };
  await write(await act(signals, key));
  expect(await read(signals, key, 'other')).toBe(0);
  expect(await read(open(), key, 'other')).toBe(0);
  // Neither may a key be made to look like one of another workspace.
  expect(await read(signals, { signal: COUNT_HOUR, key: 'x\nerp' }, 'main')).toBe(0);
});

test('a signal of another meaning or window begins anew', async () => {
  const signals = open();
  await write(await act(signals, { signal: COUNT_HOUR, key: 'erp' }));
  expect(await read(signals, { signal: { ...COUNT_HOUR, windowMs: DAY }, key: 'erp' })).toBe(0);
  expect(await read(signals, { signal: { ...COUNT_HOUR, aggregate: 'rate' }, key: 'erp' })).toBe(0);
  expect(await read(signals, { signal: { ...COUNT_HOUR }, key: 'erp' })).toBe(1);
});

test('few of many keys are in memory, and the others are not forgotten', async () => {
  const signals = open({ maxKeys: 10 });
  for (let agent = 0; agent < 200; agent++) {
    await write(await act(signals, { signal: SUM_DAY, key: `agent-${agent}` }, agent));
    now += 1_000;
  }
  now += 20_000;
  expect(await read(signals, { signal: SUM_DAY, key: 'agent-3' })).toBe(3);
  await read(signals, { signal: SUM_DAY, key: 'agent-4' });
  expect(signals.size).toBeLessThanOrEqual(11);
  now += 60_000;
  await signals.keep();
  for (const agent of [0, 57, 199]) expect(await read(signals, { signal: SUM_DAY, key: `agent-${agent}` })).toBe(agent);
});

test('keys stay in memory while the database may not have them', async () => {
  const signals = open({ maxKeys: 2 });
  const counted = await Promise.all(
    Array.from({ length: 30 }, (_, agent) => act(signals, { signal: COUNT_HOUR, key: `agent-${agent}` })),
  );
  for (let agent = 0; agent < 30; agent++)
    expect(await read(signals, { signal: COUNT_HOUR, key: `agent-${agent}` })).toBe(1);
  for (const each of counted) each.withdraw();
  await read(signals, { signal: COUNT_HOUR, key: 'agent-0' });
  expect(signals.size).toBeLessThanOrEqual(3);
});

test('events of long windows are summed up, those of short ones swept, and both in their time', async () => {
  const signals = open();
  const long = { signal: SUM_DAY, key: 'erp' };
  const short = { signal: COUNT_HOUR, key: 'erp' };
  for (let event = 0; event < 250; event++) {
    await write(await act(signals, long, 1));
    await write(await act(signals, short));
  }
  await signals.keep();
  expect(await rows()).toBe(500);
  now += 61_000;
  await signals.keep();
  expect(await rows()).toBe(250);
  expect(await read(open(), long)).toBe(250);
  now += 3 * HOUR;
  await signals.keep();
  expect(await rows()).toBe(0);
  expect(await read(open(), long)).toBe(250);
  now += 2 * DAY;
  await signals.keep();
  expect(await storage.read('SELECT key FROM risk_signal')).toEqual([]);
  expect(await read(open(), long)).toBe(0);
  expect(faults).toEqual([]);
});

test('a busy key is small in memory once its actions are certain, and large reads come in pages', async () => {
  const signals = open();
  const long = { signal: SUM_DAY, key: 'erp' };
  const unit = [];
  for (let event = 0; event < 2_500; event++) unit.push(...(await act(signals, long, 1)).statements());
  await storage.write(unit, 'process');
  expect(await read(open(), long)).toBe(2_500);
  expect(signals.weight).toBeGreaterThan(2_500);
  for (let event = 0; event < 2_000; event++) {
    now += 1_000;
    (await act(signals, long, 1)).statements();
  }
  expect(signals.weight).toBeLessThan(200);
  expect(await read(signals, long)).toBe(4_500);
});

test('a key that is summed up while it is being read is read again', async () => {
  const signals = open();
  const long = { signal: SUM_DAY, key: 'erp' };
  await write(await act(signals, long, 5));
  now += 61_000;
  let reads = 0;
  const racing = new Proxy(storage, {
    get: (target, name) => {
      if (name === 'read')
        return async (sql: string, params: []) => {
          if (sql.includes('FROM risk_event') && ++reads === 1) await signals.keep();
          return target.read(sql, params);
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  expect(await read(open({ storage: racing }), long)).toBe(5);
  expect(reads).toBe(2);
});

test('a key that cannot be summed up keeps its rows and does not hold up others', async () => {
  const signals = open();
  await write(await act(signals, { signal: SUM_DAY, key: 'broken' }, 1));
  await write(await act(signals, { signal: SUM_DAY, key: 'whole' }, 2));
  const params = ['main', `sum ${DAY} 1 rules/sum`, 'broken'];
  const sql =
    "INSERT INTO risk_signal (workspace, signal, key, version, state, expires_at) VALUES (?, ?, ?, 1, '{', 9e15)";
  await storage.write([{ sql, params }], 'process');
  now += 61_000;
  await signals.keep();
  expect(faults).toEqual(['the signal sum 86400000 1 rules/sum could not be summed up']);
  expect(await rows()).toBe(1);
  expect(await read(open(), { signal: SUM_DAY, key: 'whole' })).toBe(2);
  await expect(read(open(), { signal: SUM_DAY, key: 'broken' })).rejects.toThrow();
});

test('when it cannot be read it is not guessed, and asked again the next time', async () => {
  let broken = true;
  const fragile = new Proxy(storage, {
    get: (target, name) => {
      if (name === 'read' && broken) return () => Promise.reject(new Error('gone'));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const signals = open({ storage: fragile });
  const key = { signal: COUNT_HOUR, key: 'erp' };
  await expect(read(signals, key)).rejects.toThrow('gone');
  broken = false;
  expect(await read(signals, key)).toBe(0);
});

test.each<[string, number | string | undefined]>([
  ['a text', '12'],
  ['nothing', undefined],
  ['not a number', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['a number whose square overflows', 1e200],
])('%s cannot be summed up, and nothing is counted', async (_what, value) => {
  const signals = open();
  const fine = { signal: COUNT_HOUR, key: 'erp' };
  const bad = { signal: SUM_DAY, key: 'erp', ...(value === undefined ? {} : { value }) };
  const counting = signals.whenLoaded('main', [fine, bad], now, () =>
    signals.count('main', [fine, bad], newId('action'), now),
  );
  await expect(counting).rejects.toThrow('not a number of ordinary size');
  expect(await read(signals, fine)).toBe(0);
});

test('a key that was not loaded is neither read nor counted', () => {
  const signals = open();
  expect(() => signals.read('main', COUNT_HOUR, 'erp', now)).toThrow('only once its key is loaded');
  expect(() => signals.count('main', [{ signal: COUNT_HOUR, key: 'erp' }], newId('action'), now)).toThrow();
});
