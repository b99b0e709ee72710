import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type Storage } from '../storage/index.ts';
import type { ShadowEvent } from './credential.ts';
import type { PresentedCredential } from './identity.ts';
import { ShadowAgents } from './shadow-agents.ts';

let directory: string;
let storage: Storage;
let events: ShadowEvent[];
let units: number;
let shadows: ShadowAgents;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-shadow-'));
  storage = await openSqlite(directory);
  events = [];
  units = 0;
  shadows = await open();
});

afterEach(async () => {
  await shadows[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const open = () =>
  ShadowAgents.open({
    storage,
    log: {
      append: async (entries, also, durability) => {
        units++;
        events.push(...entries);
        await storage.write(also, durability);
      },
    },
  });

const present = (secret: string | undefined, more: Partial<PresentedCredential> = {}): PresentedCredential => ({
  secret,
  source: secret === undefined ? 'none' : 'x-api-key',
  remoteAddress: '198.51.100.7',
  userAgent: 'curl/8.5.0',
  path: '/v1/messages?key=sk-in-the-query',
  ...more,
});

test('sightings are summed up, and only the first is an event, also after a restart', async () => {
  for (let i = 0; i < 3; i++) shadows.seen(present('sk-unknown'), 'no such credential');
  expect(await shadows.list()).toMatchObject([
    { calls: 3, path: '/v1/messages', source: 'x-api-key', reason: 'no such credential' },
  ]);
  await shadows[Symbol.asyncDispose]();
  shadows = await open();
  shadows.seen(present('sk-unknown'), 'no such credential');
  expect(await shadows.list()).toMatchObject([{ calls: 4 }]);
  expect(events).toHaveLength(1);
  const [shadow] = await shadows.list();
  expect(shadow?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  expect(JSON.stringify([shadow, events])).not.toContain('sk-');
});

test('callers without a credential are told apart by where they come from', async () => {
  shadows.seen(present(undefined), 'no credential');
  shadows.seen(present(undefined, { remoteAddress: '198.51.100.8' }), 'no credential');
  expect((await shadows.list()).map((shadow) => shadow.fingerprint)).toEqual(['none', 'none']);
});

test('a credential whose agent is gone shows in its own workspace only', async () => {
  shadows.seen(present('rk_old'), 'agent is not in the fleet', 'payments');
  expect(await shadows.list('payments')).toHaveLength(1);
  expect(await shadows.list('other')).toEqual([]);
  expect(await shadows.list()).toEqual([]);
});

test('a flood of made-up credentials costs one write and a bounded number of rows', async () => {
  for (let i = 0; i < 20_000; i++) shadows.seen(present(`sk-${i}`), 'no such credential');
  const listed = await shadows.list();
  expect(units).toBe(1);
  expect(listed).toHaveLength(51);
  expect(listed.find((shadow) => shadow.fingerprint === 'crowd')?.calls).toBe(20_000 - 50);
});

test('rows stay bounded over many windows', async () => {
  for (let window = 0; window < 25; window++) {
    for (let i = 0; i < 60; i++) shadows.seen(present(`sk-${window}-${i}`), 'no such credential');
    await shadows.flush();
  }
  const [row] = await storage.read<{ n: number }>('SELECT COUNT(*) AS n FROM access_shadow');
  expect(row?.n).toBeLessThanOrEqual(1_000);
  // Nor can strangers fill the ledger, or write into it.
  expect(events.length).toBeLessThanOrEqual(501);
  expect(new Set(events.map(({ path }) => path))).toEqual(new Set(['/v1']));
});
