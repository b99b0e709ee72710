import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type Storage } from './index.ts';

let directory: string;
let storage: Storage;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-storage-'));
  storage = await openSqlite(directory);
  await storage.write(
    [{ sql: 'CREATE TABLE thing (id INTEGER PRIMARY KEY, n BIGINT CHECK (n < 100))', params: [] }],
    'power',
  );
});

afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const insert = (n: number) => ({ sql: 'INSERT INTO thing (n) VALUES (?)', params: [n] });
const all = async () => (await storage.read<{ n: number }>('SELECT n FROM thing ORDER BY id')).map((row) => row.n);

test('a unit takes effect whole, and reads see it once its promise resolved', async () => {
  const result = await storage.write([insert(1), insert(2)], 'power');
  expect(result).toEqual({ ok: true, lastIds: [1, 2], changes: [1, 1] });
  expect(await all()).toEqual([1, 2]);
});

test('an unmet expectation rolls back its unit only', async () => {
  const results = await Promise.all([
    storage.write([insert(1)], 'process'),
    storage.write([insert(2), { sql: 'UPDATE thing SET n = 9 WHERE n = ?', params: [77], expect: 1 }], 'process'),
    storage.write([insert(3)], 'process'),
  ]);
  expect(results.map((result) => result.ok)).toEqual([true, false, true]);
  expect(results[1]).toEqual({ ok: false, failedAt: 1 });
  expect(await all()).toEqual([1, 3]);
});

test('a unit that the database refuses does not take its neighbours down', async () => {
  const results = await Promise.allSettled(
    [insert(1), insert(500), insert(3)].map((statement) => storage.write([statement], 'process')),
  );
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { code: 'fail_closed' } });
  expect(await all()).toEqual([1, 3]);
});

test('a bad unit is no problem of the database', async () => {
  await expect(storage.write([insert(500)], 'process')).rejects.toMatchObject({ code: 'fail_closed' });
  expect(storage.problem).toBeUndefined();
});

test.each(['reeve.db', 'reeve.db-wal'])('nothing is acknowledged while %s is not where it was', async (name) => {
  await storage.write([insert(1)], 'power');
  renameSync(join(directory, name), join(directory, 'aside'));
  await expect(storage.write([insert(2)], 'power')).rejects.toMatchObject({ code: 'fail_closed' });
  expect(storage.problem).toContain('was removed or replaced');
  renameSync(join(directory, 'aside'), join(directory, name));
  await storage.write([insert(3)], 'power');
  expect(storage.problem).toBeUndefined();
  expect(await all()).toEqual([1, 3]);
});

test('blobs arrive as they were, each at its place, also beside units that are refused', async () => {
  await storage.write([{ sql: 'CREATE TABLE blob (id BIGINT, a BLOB, b BLOB, t TEXT)', params: [] }], 'power');
  const sql = 'INSERT INTO blob (id, a, b, t) VALUES (?, ?, ?, ?)';
  const pair = (n: number) => [Buffer.alloc(n, n), Buffer.alloc(n * 1_000, n + 1)] as const;
  const units = [0, 1, 2, 3].map((n) => [{ sql, params: [n, ...pair(n), `t${n}`] }, insert(n === 2 ? 500 : n)]);
  const results = await Promise.allSettled(units.map((unit) => storage.write(unit, 'process')));
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  const rows = await storage.read<{ id: number; a: Buffer; b: Buffer; t: string }>('SELECT * FROM blob ORDER BY id');
  expect(rows).toEqual([0, 1, 3].map((n) => ({ id: n, a: pair(n)[0], b: pair(n)[1], t: `t${n}` })));
});

test('collectors join a group as one unit and hear of its end', async () => {
  let pending = 5;
  const heard: boolean[] = [];
  storage.beforeGroup(() => {
    if (pending === 0) return undefined;
    const sum = pending;
    pending = 0;
    return { statements: [insert(sum)], settled: (committed) => heard.push(committed) };
  });
  await storage.write([insert(1)], 'process');
  expect(await all()).toEqual([1, 5]);
  expect(heard).toEqual([true]);
});

test('what was acknowledged is there after reopening', async () => {
  await Promise.all(
    Array.from({ length: 50 }, (_, n) => storage.write([insert(n)], n % 2 === 0 ? 'power' : 'process')),
  );
  await storage[Symbol.asyncDispose]();
  storage = await openSqlite(directory);
  expect(await all()).toEqual(Array.from({ length: 50 }, (_, n) => n));
});
