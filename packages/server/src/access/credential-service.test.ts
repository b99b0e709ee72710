import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialId } from '@reeve/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite, type Storage } from '../storage/index.ts';
import { isWellFormedKey, makeAgentKey } from './agent-key.ts';
import type { AccessLog, CredentialEvent } from './credential.ts';
import { type CredentialParts, CredentialService } from './credential-service.ts';
import type { PresentedCredential } from './identity.ts';

const DAY_MS = 86_400_000;
let directory: string;
let storage: Storage;
let reads: string[];
let written: CredentialEvent[];
let refuseWrites: boolean;
let nowMs: number;
let service: CredentialService;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-access-'));
  storage = await openSqlite(directory);
  reads = [];
  written = [];
  refuseWrites = false;
  nowMs = 1_800_000_000_000;
  service = await open();
});

afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const log: AccessLog<CredentialEvent> = {
  append: async (events, also, durability) => {
    if (refuseWrites) throw new Error('disk full');
    await storage.write(also, durability);
    written.push(...events);
  },
};

function open(more: Partial<CredentialParts> = {}): Promise<CredentialService> {
  const watched: Storage = new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'read') reads.push(String(args[0]));
        return Reflect.apply(value, target, args);
      };
    },
  });
  return CredentialService.open({
    storage: watched,
    log,
    agentExists: (_, agent) => agent === 'refund' || agent === 'search',
    now: () => nowMs,
    ...more,
  });
}

const present = (secret: string | undefined, more: Partial<PresentedCredential> = {}): PresentedCredential => ({
  secret,
  source: secret === undefined ? 'none' : 'authorization',
  remoteAddress: '198.51.100.7',
  userAgent: 'OpenAI/Python 1.2.3',
  path: '/v1/chat/completions',
  ...more,
});
const create = (more = {}) =>
  service.create({ workspace: 'default', agent: 'refund', by: 'maya@example.com', ...more });

test('a key identifies its agent in the turn it is presented, and its secret is nowhere on disk', async () => {
  const { id, key } = await create();
  expect(isWellFormedKey(key)).toBe(true);
  expect(key.startsWith(`rk_${id.slice(4)}_`)).toBe(true);
  expect(service.identify(present(key))).toEqual({ workspace: 'default', agent: 'refund', credentialId: id });
  await service.flush();
  const bytes = readFileSync(join(directory, 'reeve.db-wal'));
  expect(bytes.includes(key.slice(-39))).toBe(false);
  expect(bytes.includes(id)).toBe(true);
  expect(written).toMatchObject([{ event: 'key.created', credential: id, by: 'maya@example.com' }]);
  expect(JSON.stringify(written)).not.toContain(key.slice(-39));
});

test('what is not exactly the key is unknown', async () => {
  const { id, key } = await create();
  const wrong = makeAgentKey(id);
  for (const text of [
    undefined,
    '',
    'sk-123',
    key.slice(0, -1),
    `${key}0`,
    key.toUpperCase(),
    wrong,
    `${key.slice(0, -1)}!`,
  ]) {
    expect(service.identify(present(text)), text).toBeUndefined();
  }
});

test('keys expire, by default after 90 days, and never live longer than a year', async () => {
  const { key, expiresAtMs } = await create();
  expect(expiresAtMs).toBe(nowMs + 90 * DAY_MS);
  nowMs = expiresAtMs - 1;
  expect(service.identify(present(key))).toBeDefined();
  nowMs = expiresAtMs;
  expect(service.identify(present(key))).toBeUndefined();
  for (const lifetimeMs of [0, -1, Number.NaN, 366 * DAY_MS]) {
    await expect(create({ lifetimeMs })).rejects.toMatchObject({ code: 'invalid_request' });
  }
});

test('operators hear why, callers do not', async () => {
  const { id, key } = await create();
  const reasons = [undefined, 'sk-1', makeAgentKey(id), key].map((text) => service.refusalReason(present(text)));
  nowMs += 90 * DAY_MS;
  reasons.push(service.refusalReason(present(key)));
  expect((await service.revoke({ workspace: 'default', id, by: 'x' })).revokedAtMs).toBe(nowMs);
  reasons.push(service.refusalReason(present(key)));
  expect(reasons).toEqual([
    'no credential',
    'no such credential',
    'wrong secret of a known credential',
    'a credential of an agent that is not in the fleet',
    'an expired credential',
    'a revoked credential',
  ]);
});

test('keys are given only to agents of the fleet, and to each a bounded number', async () => {
  await expect(create({ agent: 'nobody' })).rejects.toMatchObject({ code: 'not_found' });
  for (let i = 0; i < 20; i++) await create();
  await expect(create()).rejects.toMatchObject({ code: 'conflict' });
  await create({ agent: 'search' });
});

describe('rotation', () => {
  test('leaves the old key valid for the overlap', async () => {
    const old = await create({ note: 'ci' });
    const fresh = await service.rotate({ workspace: 'default', id: old.id, by: 'maya@example.com' });
    expect(service.identify(present(old.key))).toBeDefined();
    expect(service.identify(present(fresh.key))).toMatchObject({ agent: 'refund', credentialId: fresh.id });
    nowMs += DAY_MS;
    expect(service.identify(present(old.key))).toBeUndefined();
    expect(service.identify(present(fresh.key))).toBeDefined();
    expect(await service.get('default', fresh.id)).toMatchObject({ rotatedFrom: old.id, note: 'ci', state: 'active' });
    expect((await service.get('default', old.id)).state).toBe('expired');
  });

  test('never lengthens the life of the old key', async () => {
    const old = await create({ lifetimeMs: 1_000 });
    await service.rotate({ workspace: 'default', id: old.id, by: 'maya@example.com' });
    nowMs += 1_000;
    expect(service.identify(present(old.key))).toBeUndefined();
  });

  test('without overlap revokes at once and tells who has calls under way', async () => {
    const old = await create();
    const heard: unknown[] = [];
    service.onRevoked((event) => heard.push(event));
    await service.rotate({ workspace: 'default', id: old.id, by: 'maya@example.com', overlapMs: 0 });
    expect(service.identify(present(old.key))).toBeUndefined();
    expect(heard).toEqual([{ workspace: 'default', id: old.id, reason: 'rotated' }]);
  });

  test('happens once, also when two ask at the same time', async () => {
    const old = await create();
    const rotate = () => service.rotate({ workspace: 'default', id: old.id, by: 'maya@example.com' });
    const results = await Promise.allSettled([rotate(), rotate()]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(rotate()).rejects.toMatchObject({ code: 'conflict' });
    expect((await service.list('default')).items).toHaveLength(2);
  });

  test('that cannot be recorded changes nothing', async () => {
    const old = await create();
    refuseWrites = true;
    await expect(service.rotate({ workspace: 'default', id: old.id, by: 'x', overlapMs: 0 })).rejects.toThrow(
      'disk full',
    );
    expect(service.identify(present(old.key))).toBeDefined();
    refuseWrites = false;
    await service.rotate({ workspace: 'default', id: old.id, by: 'x' });
  });
});

describe('revocation', () => {
  test('takes effect before it is written, ends what is under way, and survives a restart', async () => {
    const { id, key } = await create();
    const underWay = new AbortController();
    service.onRevoked((event) => event.id === id && underWay.abort(event.reason));
    const done = service.revoke({ workspace: 'default', id, by: 'maya@example.com', reason: 'leaked' });
    await Promise.resolve();
    expect(underWay.signal.reason).toBe('leaked');
    expect(service.identify(present(key))).toBeUndefined();
    await done;
    await service[Symbol.asyncDispose]();
    service = await open();
    expect(service.identify(present(key))).toBeUndefined();
    expect((await service.get('default', id)).state).toBe('revoked');
    await expect(service.rotate({ workspace: 'default', id, by: 'x' })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('holds even where it cannot be recorded, and says so; asking again records it', async () => {
    const { id, key } = await create();
    refuseWrites = true;
    await expect(service.revoke({ workspace: 'default', id, by: 'x' })).rejects.toThrow('disk full');
    expect(service.identify(present(key))).toBeUndefined();
    refuseWrites = false;
    await service.revoke({ workspace: 'default', id, by: 'x' });
    expect(written.at(-1)).toMatchObject({ event: 'key.revoked', credential: id });
  });
});

test('another workspace can neither see nor change a key', async () => {
  const { id, key } = await create();
  await expect(service.get('other', id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(service.revoke({ workspace: 'other', id, by: 'x' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(service.rotate({ workspace: 'other', id, by: 'x' })).rejects.toMatchObject({ code: 'not_found' });
  expect((await service.list('other')).items).toEqual([]);
  expect(service.identify(present(key))).toBeDefined();
});

test('a flood of made-up keys does not reach the database', async () => {
  await create();
  reads = [];
  for (let i = 0; i < 2_000; i++) {
    const id = `key_${String(i).padStart(25, '0')}` as CredentialId;
    expect(service.identify(present(makeAgentKey(id)))).toBeUndefined();
  }
  expect(reads).toEqual([]);
});

test('with more keys than fit in memory, look-ups are remembered, bounded, and see new keys', async () => {
  const keys = [];
  for (let i = 0; i < 6; i++) keys.push(await create());
  const small = await open({ capacity: 3 });
  for (const { key } of keys) expect(await small.identify(present(key))).toMatchObject({ agent: 'refund' });

  const unknown = makeAgentKey(`key_${'0'.repeat(25)}`);
  reads = [];
  for (let i = 0; i < 50; i++) expect(await small.identify(present(unknown))).toBeUndefined();
  expect(reads).toHaveLength(1);
  const flood = Array.from({ length: 500 }, (_, i) =>
    small.identify(present(makeAgentKey(`key_${String(i + 1).padStart(25, '0')}` as CredentialId))),
  );
  const ends = await Promise.allSettled(flood);
  expect(ends.some((end) => end.status === 'fulfilled' && end.value !== undefined)).toBe(false);
  expect(reads.length).toBeLessThan(100);
  const fresh = await small.create({ workspace: 'default', agent: 'refund', by: 'x' });
  expect(await small.identify(present(fresh.key))).toBeDefined();
  await small[Symbol.asyncDispose]();
});

test('one key used by two applications is flagged; a new version of one is not', async () => {
  const { id, key } = await create();
  service.identify(present(key));
  service.identify(present(key, { userAgent: 'OpenAI/Python 1.9.0' }));
  expect(await service.get('default', id)).toMatchObject({ flags: [], lastUsedAtMs: nowMs });
  service.identify(present(key, { userAgent: 'curl/8.5.0' }));
  for (let i = 0; i < 9; i++) service.identify(present(key, { remoteAddress: `198.51.100.${i}` }));
  await service.flush();
  await service[Symbol.asyncDispose]();
  service = await open();
  const { items } = await service.list('default');
  expect(items).toMatchObject([{ id, flags: ['two_applications', 'many_addresses'], lastUsedAtMs: nowMs }]);
});

test('lists page through a workspace, in order, by agent', async () => {
  const ids = [];
  for (let i = 0; i < 5; i++) ids.push((await create({ agent: i === 4 ? 'search' : 'refund' })).id);
  const first = await service.list('default', { limit: 3 });
  const rest = await service.list('default', { limit: 3, after: first.next ?? '' });
  expect([...first.items, ...rest.items].map((item) => item.id)).toEqual([...ids].sort());
  expect(rest.next).toBeNull();
  expect((await service.list('default', { agent: 'search' })).items.map((item) => item.id)).toEqual([ids[4]]);
  expect(JSON.stringify(first)).not.toContain('hash');
});
