import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type Storage } from '../storage/index.ts';
import { AdminTokens } from './admin-tokens.ts';

let directory: string;
let storage: Storage;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-admin-'));
  storage = await openSqlite(directory);
});

afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const file = () => join(directory, 'admin-token');
const token = () => readFileSync(file(), 'utf8').trim();

test('the first start writes a token for its owner only; it works after a restart and without the file', async () => {
  const first = await AdminTokens.open(storage);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  const text = token();
  expect(first.check(text)).toMatchObject({ subject: 'admin-token', workspace: '*', role: 'admin' });
  rmSync(file());
  const again = await AdminTokens.open(storage);
  expect(again.check(text)?.subject).toBe('admin-token');
  const rows = await storage.read<{ secret_hash: Uint8Array }>('SELECT secret_hash FROM access_admin_token');
  expect(Buffer.from(rows[0]?.secret_hash ?? []).includes(text)).toBe(false);
});

test('anything else is nobody', async () => {
  const tokens = await AdminTokens.open(storage);
  for (const wrong of [undefined, '', 'ra_', `${token()} `, token().slice(1), 'x'.repeat(10_000)]) {
    expect(tokens.check(wrong)).toBeUndefined();
  }
});

test('a token file that others can read stops the start', async () => {
  await AdminTokens.open(storage);
  chmodSync(file(), 0o644);
  await expect(AdminTokens.open(storage)).rejects.toMatchObject({ code: 'fail_closed' });
});
