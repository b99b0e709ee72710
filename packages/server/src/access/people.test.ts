import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type Storage } from '../storage/index.ts';
import { People, type TokenEvent } from './people.ts';

const DAY_MS = 86_400_000;
const MAYA = { workspace: 'default', address: 'Maya@example.com', role: 'approver', by: 'admin-token' } as const;
let directory: string;
let storage: Storage;
let written: TokenEvent[];
let nowMs: number;
let people: People;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-people-'));
  storage = await openSqlite(directory);
  written = [];
  nowMs = 1_800_000_000_000;
  people = await open();
});
afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function open(): Promise<People> {
  const opened = new People({
    storage,
    log: {
      append: async (events, also, durability) => {
        await storage.write(also, durability);
        written.push(...events);
      },
    },
    now: () => nowMs,
  });
  await opened.load();
  return opened;
}

test('a token proves a person of one workspace, by address and role, also after a restart', async () => {
  const { token, secret } = await people.createToken(MAYA);
  expect(secret).toMatch(/^rp_/);
  people = await open();
  expect(people.check(secret)).toEqual({
    ...{ subject: token.person, workspace: 'default', role: 'approver' },
    person: { id: token.person, name: 'maya@example.com' },
  });
  expect(JSON.stringify(await storage.read('SELECT * FROM access_person_token'))).not.toContain(secret);
  expect(JSON.stringify(people.tokens('default'))).not.toContain('hash');
  expect(written).toEqual([
    expect.objectContaining({ event: 'token.created', person: token.person, by: 'admin-token' }),
  ]);
  expect(JSON.stringify(written)).not.toContain('example.com');
});

test.each([
  ['nothing', () => undefined],
  ['another secret', (secret: string) => `${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}`],
  ['an id alone', (secret: string) => secret.slice(0, 28)],
  ['an agent key of the same id', (secret: string) => secret.replace('rp_', 'rk_')],
])('%s proves nobody', async (_what, of) => {
  const { secret } = await people.createToken(MAYA);
  expect(people.check(of(secret))).toBeUndefined();
});

test('a token ends with its time, and at once when it is revoked', async () => {
  const short = await people.createToken({ ...MAYA, lifetimeMs: DAY_MS });
  const long = await people.createToken(MAYA);
  nowMs += DAY_MS;
  expect(people.check(short.secret)).toBeUndefined();
  expect(people.check(long.secret)).toBeDefined();
  await people.revokeToken('default', long.token.id, 'admin-token');
  expect(people.check(long.secret)).toBeUndefined();
  people = await open();
  expect(people.check(long.secret)).toBeUndefined();
  expect(written.at(-1)).toMatchObject({ event: 'token.revoked', token: long.token.id });
});

test('who lost every token counts as an approver no more', async () => {
  const [one, two] = [await people.createToken(MAYA), await people.createToken({ ...MAYA, role: 'viewer' })];
  expect(people.isApprover('default', 'maya@EXAMPLE.com')).toBe(true);
  expect(people.isApprover('other', 'maya@example.com')).toBe(false);
  await people.revokeToken('default', one.token.id, 'x');
  expect(people.isApprover('default', 'maya@example.com')).toBe(false);
  expect(people.isRevoked('default', 'maya@example.com')).toBe(false);
  await people.revokeToken('default', two.token.id, 'x');
  expect(people.isRevoked('default', 'maya@example.com')).toBe(true);
  expect(people.isRevoked('default', 'nobody@example.com')).toBe(false);
});

test('another workspace sees and ends nothing of it', async () => {
  const { token, secret } = await people.createToken(MAYA);
  expect(people.tokens('other')).toEqual([]);
  await expect(people.revokeToken('other', token.id, 'x')).rejects.toMatchObject({ code: 'not_found' });
  expect(people.check(secret)).toBeDefined();
});

test('one address is one person, however often and at once it is asked for', async () => {
  const all = await Promise.all(
    ['maya@example.com', 'MAYA@example.com', 'Maya@Example.com'].map((one) => people.person('default', one)),
  );
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  expect((await people.person('other', 'maya@example.com')).id).not.toBe(all[0]?.id);
});

test.each([
  ['no address', { address: 'maya' }, 'invalid_request'],
  ['too long a life', { lifetimeMs: 366 * DAY_MS }, 'invalid_request'],
  ['no life', { lifetimeMs: 0 }, 'invalid_request'],
])('%s is refused', async (_what, more, code) => {
  await expect(people.createToken({ ...MAYA, ...more })).rejects.toMatchObject({ code });
  expect(written).toEqual([]);
});

test('a person has a bounded number of live tokens', async () => {
  for (let n = 0; n < 10; n++) await people.createToken(MAYA);
  await expect(people.createToken(MAYA)).rejects.toMatchObject({ code: 'conflict' });
  nowMs += 91 * DAY_MS;
  await people.createToken(MAYA);
});
