import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '../../lib/index.ts';
import { openSqlite, type Storage } from '../../storage/index.ts';
import { NaiveSignals } from './__fixtures__/naive-signals.ts';
import { type Aggregate, type Counted, type SignalDefinition, type SignalEvent, Signals } from './signals.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WORKSPACES = ['main', 'other'];
const KEYS = ['alpha', 'beta'];
const NUMERIC: Aggregate[] = ['sum', 'min', 'max', 'first', 'last', 'baseline'];
const PLAIN: Aggregate[] = ['count', 'rate', 'first_seen', 'last'];
const SIGNALS = [MINUTE, HOUR, 5 * HOUR].flatMap((windowMs) => [
  ...NUMERIC.map((aggregate) => signal(aggregate, windowMs, true)),
  ...PLAIN.map((aggregate) => signal(aggregate, windowMs, false)),
  signal('distinct', windowMs, true),
]);
const ALL = [...SIGNALS, signal('baseline', 5 * HOUR, false)];

let directory: string;
let storage: Storage;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-signals-'));
  storage = await openSqlite(directory);
});

afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function signal(aggregate: Aggregate, windowMs: number, valued: boolean): SignalDefinition {
  return { id: `${aggregate}-${windowMs}-${valued}`, aggregate, windowMs, valued };
}

type Step =
  | {
      readonly do: 'act';
      readonly value: number;
      readonly key: number;
      readonly workspace: number;
      readonly lateMs: number;
    }
  | { readonly do: 'write' | 'withdraw'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'keep' | 'restart' };

const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      value: fc.integer({ min: -400, max: 400 }).map((value) => value / 4),
      key: fc.nat(KEYS.length - 1),
      workspace: fc.nat(WORKSPACES.length - 1),
      lateMs: fc.constantFrom(0, 0, 0, 1, 900, 40_000),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('withdraw' as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 999, 14_000, MINUTE, 9 * MINUTE, HOUR, 5 * HOUR - 1),
    }),
  },
  { weight: 2, arbitrary: fc.constantFrom({ do: 'keep' as const }, { do: 'restart' as const }) },
);

interface Acted {
  readonly action: string;
  readonly counted: Counted;
  writtenAtMs?: number;
}

/** Runs a history through the real thing and the naive one, and compares all values after each step. */
async function compare(steps: readonly Step[]): Promise<void> {
  await storage.write(
    ['risk_recent_event', 'risk_event', 'risk_signal'].map((table) => ({ sql: `DELETE FROM ${table}`, params: [] })),
    'process',
  );
  let now = NOON;
  const faults: string[] = [];
  const open = () => new Signals({ storage, now: () => now, onFault: (message) => faults.push(message), maxKeys: 40 });
  let signals = open();
  const naive = new NaiveSignals();
  let acted: Acted[] = [];
  const run: { [K in Step['do']]: (step: Extract<Step, { do: K }>) => unknown } = {
    wait: ({ ms }) => {
      now += ms;
    },
    keep: () => signals.keep(),
    restart: async () => {
      // What was not written is lost, as with a killed process; deletes of what was withdrawn have arrived.
      await storage.write([], 'process');
      void signals[Symbol.asyncDispose]();
      signals = open();
      naive.restart();
      acted = [];
    },
    act: async ({ value, key, workspace, lateMs }) => {
      const action = newId('action');
      const where = WORKSPACES[workspace] ?? '';
      const events = ALL.map((each): SignalEvent => {
        const ref = { signal: each, key: KEYS[key] ?? '' };
        if (!each.valued) return ref;
        return { ...ref, value: each.aggregate === 'distinct' ? `value ${value}` : value };
      });
      const atMs = now - lateMs;
      const counted = await signals.whenLoaded(where, events, atMs, () => signals.count(where, events, action, atMs));
      naive.count(where, events, action, atMs);
      acted.push({ action, counted });
    },
    write: async ({ which }) => {
      const chosen = acted[which % acted.length];
      if (chosen === undefined || chosen.writtenAtMs !== undefined) return;
      chosen.writtenAtMs = now;
      await storage.write(chosen.counted.statements(), 'process');
      naive.write(chosen.action);
    },
    withdraw: ({ which }) => {
      const chosen = acted[which % acted.length];
      if (chosen === undefined || now - (chosen.writtenAtMs ?? now) >= 15_000) return;
      chosen.counted.withdraw();
      acted = acted.filter((other) => other !== chosen);
      naive.withdraw(chosen.action);
    },
  };
  try {
    for (const each of steps) {
      await run[each.do](each as never);
      await agree(signals, naive, now);
    }
  } finally {
    await signals[Symbol.asyncDispose]();
  }
  expect(faults).toEqual([]);
}

async function agree(signals: Signals, naive: NaiveSignals, atMs: number): Promise<void> {
  for (const workspace of WORKSPACES)
    for (const key of KEYS) {
      const refs = ALL.map((signal) => ({ signal, key }));
      const values = await signals.whenLoaded(workspace, refs, atMs, () =>
        ALL.map((signal) => [signal.id, signals.read(workspace, signal, key, atMs)]),
      );
      expect(rounded(values)).toEqual(
        rounded(ALL.map((signal) => [signal.id, naive.read(workspace, signal, key, atMs)])),
      );
    }
}

/** Sums of fractions differ in their last digits by the order in which they are added. */
function rounded(values: unknown): unknown {
  return JSON.parse(
    JSON.stringify(values, (_key, value) => {
      if (value === undefined) return 'never';
      return typeof value === 'number' && Math.abs(value) < 1e9 ? Number(value.toFixed(7)) + 0 : value;
    }),
  );
}

test('values are those of a list of all events, through late ones, withdrawals, summing up, eviction and restarts', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), compare), {
    numRuns: 40,
    seed: 20261120,
  });
}, 60_000);
