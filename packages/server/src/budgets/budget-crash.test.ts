import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openSqlite } from '../storage/index.ts';
import { calls, refundFleet, spender } from './__fixtures__/budget-fleet.ts';
import { Budgets } from './budgets.ts';

const ROUNDS = 6;
const PROGRAM = fileURLToPath(new URL('./__fixtures__/kill-load.ts', import.meta.url));

interface Told {
  readonly begun: Map<string, number>;
  readonly executed: Map<string, number>;
  readonly acknowledged: Map<string, number>;
}

test('killed under load, again and again, it forgets nothing that was acknowledged and invents nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-budget-crash-'));
  const told: Told = { begun: new Map(), executed: new Map(), acknowledged: new Map() };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const before = told.acknowledged.size;
      await runAndKill(directory, 1_000_000_000, 60 + round * 47, told);
      expect(told.acknowledged.size).toBeGreaterThan(before);
      await checkRows(directory, told);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('kills do not open a cap: what is charged and what is left add up to it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-budget-crash-'));
  const told: Told = { begun: new Map(), executed: new Map(), acknowledged: new Map() };
  const limit = 3_000;
  try {
    for (let round = 0; round < ROUNDS; round++) await runAndKill(directory, limit, 40 + round * 31, told);
    const spent = await checkRows(directory, told);
    expect(total(told.executed)).toBeLessThanOrEqual(limit);
    const storage = await openSqlite(directory);
    const budgets = new Budgets({ storage });
    (await budgets.prepare(refundFleet({ per: 'month', calls: limit }))).activate();
    if (spent < limit) expect((await budgets.reserve(spender(), calls(limit - spent), true)).granted).toBe(true);
    expect((await budgets.reserve(spender(), calls(1), true)).granted).toBe(false);
    await budgets[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

/** Acknowledged <= charged <= acknowledged + what was begun and never acknowledged; the same on every cap; nothing stays reserved. */
async function checkRows(directory: string, told: Told): Promise<number> {
  const storage = await openSqlite(directory);
  const budgets = new Budgets({ storage });
  await budgets.recover();
  const rows = await storage.read<{ spent: number; reserved: number; held: number; overrun: number }>(
    'SELECT spent, reserved, held, overrun FROM budget_window',
  );
  const acknowledged = total(told.acknowledged);
  let inFlight = 0;
  for (const [action, amount] of told.begun) if (!told.acknowledged.has(action)) inFlight += amount;
  let executed = acknowledged;
  for (const [action, actual] of told.executed) if (!told.acknowledged.has(action)) executed += actual;
  for (const row of rows) {
    expect(row).toMatchObject({ reserved: 0, held: 0, overrun: 0 });
    expect(row.spent).toBeGreaterThanOrEqual(executed);
    expect(row.spent).toBeLessThanOrEqual(acknowledged + inFlight);
  }
  await budgets[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  return Math.max(...rows.map((row) => row.spent));
}

async function runAndKill(directory: string, limit: number, afterMs: number, told: Told): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, directory, String(limit)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  for (const line of output.split('\n').slice(0, -1)) {
    const [kind = '', action = '', amount] = line.split(' ');
    if (kind in told) told[kind as keyof Told].set(action, Number(amount));
  }
}

function total(amounts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const amount of amounts.values()) sum += amount;
  return sum;
}
