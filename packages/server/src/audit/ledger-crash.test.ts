import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite } from '../storage/index.ts';
import { ORIGIN } from './__fixtures__/sample-ledger.ts';
import { Ledger } from './ledger.ts';
import { LedgerReader } from './ledger-reader.ts';
import { verifyLedger } from './verify-ledger.ts';

const ROUNDS = 4;
const writer = fileURLToPath(new URL('./__fixtures__/crash-writer.ts', import.meta.url));
let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'reeve-crash-'));
});

afterEach(() => {
  rmSync(data, { recursive: true, force: true });
});

/** Runs a process that appends and publishes as fast as it can, kills it, and answers what it had acknowledged. */
async function killDuringLoad(round: number): Promise<Map<number, string>> {
  const child = spawn(process.execPath, [writer, data, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), 100 + round * 137);
    output += chunk;
  });
  await once(child, 'close');
  const whole = output.slice(0, output.lastIndexOf('\n'));
  const lines = whole.split('\n').map((line) => line.split(' '));
  return new Map(lines.map(([index = '', fingerprint = '']) => [Number(index), fingerprint]));
}

test('after SIGKILL in the middle of load every acknowledged entry is there and the tree verifies', async () => {
  const acknowledged = new Map<number, string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, fingerprint] of await killDuringLoad(round)) acknowledged.set(index, fingerprint);
  }
  await using storage = await openSqlite(data);
  const faults: unknown[] = [];
  await using ledger = await Ledger.open({ storage, origin: ORIGIN, onFault: (_, error) => faults.push(error) });
  await ledger.publish();
  expect(faults).toEqual([]);
  const result = verifyLedger(ledger.directory);
  expect(result).toMatchObject({ ok: true, checkpoint: { size: ledger.size }, events: { 'ledger.opened': 1 } });
  const reader = new LedgerReader(storage, ledger.directory);
  const found = new Map<number, string>();
  for (let from = 0; from < ledger.size; from += 1_000) {
    for (const { index, entry } of await reader.entries(from, 1_000))
      if (entry?.event === 'shadow.seen') found.set(index, entry.fingerprint);
  }
  expect(acknowledged.size).toBeGreaterThan(ROUNDS);
  for (const [index, fingerprint] of acknowledged) expect(found.get(index)).toBe(fingerprint);
});
