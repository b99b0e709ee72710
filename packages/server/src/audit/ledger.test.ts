import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseVerifierKey, verifyReceipt } from '@reeve/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SampleLedger, shadow } from './__fixtures__/sample-ledger.ts';
import { LedgerReader } from './ledger-reader.ts';
import { ENTRY_INDEX_SQL } from './ledger-store.ts';
import { verifyLedger } from './verify-ledger.ts';

let sample: SampleLedger;

beforeEach(async () => {
  sample = await SampleLedger.create();
});

afterEach(async () => {
  await sample[Symbol.asyncDispose]();
});

const DATABASE_FILES = ['reeve.db', 'reeve.db-wal', 'reeve.db-shm'];
const readDatabase = () =>
  DATABASE_FILES.filter((name) => existsSync(join(sample.data, name))).map(
    (name) => [name, readFileSync(join(sample.data, name))] as const,
  );
const writeDatabase = (files: readonly (readonly [string, Uint8Array])[]) => {
  for (const name of DATABASE_FILES) rmSync(join(sample.data, name), { force: true });
  for (const [name, bytes] of files) writeFileSync(join(sample.data, name), bytes);
};
const rowsLeft = async () =>
  (await sample.storage.read<{ n: number }>('SELECT COUNT(*) AS n FROM ledger_entry'))[0]?.n ?? -1;

test('a new log begins with its own opening, and a checkpoint covers it', async () => {
  await sample.ledger.publish();
  const result = verifyLedger(sample.ledger.directory);
  expect(result).toMatchObject({ ok: true, keyFrom: 'files', checkpoint: { size: 1 }, events: { 'ledger.opened': 1 } });
  expect(result.limits.length).toBeGreaterThan(3);
});

test('concurrent appends get indexes without gap or repetition, and all are published in that order', async () => {
  const indexes = await sample.fill(1_500);
  expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_500 }, (_, n) => n + 1));
  await sample.ledger.publish();
  expect(verifyLedger(sample.ledger.directory)).toMatchObject({ ok: true, checkpoint: { size: 1_501 }, strangers: [] });
  const entries = await new LedgerReader(sample.storage, sample.ledger.directory).entries(1, 1_000);
  expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
  for (const [n, at] of indexes.slice(0, 1_000).entries())
    expect(entries[at - 1]?.entry).toMatchObject({ fingerprint: `f${n}` });
});

test('a unit that fails takes its entries with it and leaves no gap', async () => {
  const bad = { sql: 'UPDATE ledger_head SET size = size WHERE id = ?', params: [77], expect: 1 };
  const broken = { sql: 'INSERT INTO ledger_head (id, size) VALUES (1, 1)', params: [] };
  const results = await Promise.allSettled([
    sample.ledger.append([shadow(1)], [], 'power'),
    sample.ledger.append([shadow(2), shadow(3)], [bad], 'power'),
    sample.ledger.append([shadow(4)], [], 'process'),
    sample.ledger.append([shadow(5)], [broken], 'process'),
    sample.ledger.append([shadow(6), shadow(7)], [], 'process'),
  ]);
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.code))).toEqual([
    [1],
    'conflict',
    [2],
    'fail_closed',
    [3, 4],
  ]);
  await sample.ledger.publish();
  expect(verifyLedger(sample.ledger.directory)).toMatchObject({ ok: true, checkpoint: { size: 5 } });
});

test('indexes go on without a gap after the table was purged and the database reopened', async () => {
  await sample.fill(1_023);
  await sample.ledger.publish();
  // The last one stays, as the next index follows from it.
  expect(await rowsLeft()).toBe(1);
  const bad = { sql: 'UPDATE ledger_head SET size = size WHERE id = ?', params: [77], expect: 1 };
  await expect(sample.ledger.append([shadow(0)], [bad], 'power')).rejects.toMatchObject({ code: 'conflict' });
  await sample.reopen();
  expect(await sample.ledger.append([shadow(1)], [], 'power')).toEqual([1_024]);
  await sample.ledger.publish();
  expect(verifyLedger(sample.ledger.directory)).toMatchObject({ ok: true, checkpoint: { size: 1_025 } });
});

test('only entries of full published bundles leave the table, and partial files go when the full one is there', async () => {
  await sample.fill(100);
  await sample.ledger.publish();
  expect(await rowsLeft()).toBe(101);
  expect(existsSync(join(sample.ledger.directory, 'tile/entries/000.p/101'))).toBe(true);
  await sample.fill(200);
  await sample.ledger.publish();
  expect(await rowsLeft()).toBe(45);
  expect(readdirSync(join(sample.ledger.directory, 'tile/entries')).toSorted()).toEqual(['000', '001.p']);
  expect(readdirSync(join(sample.ledger.directory, 'tile/0')).toSorted()).toEqual(['000', '001.p']);
});

test('statements can refer to the entry of their unit', async () => {
  await sample.storage.write([{ sql: 'CREATE TABLE note (id BIGINT, entry BIGINT)', params: [] }], 'power');
  const insert = (id: number) => ({ sql: `INSERT INTO note (id, entry) VALUES (?, ${ENTRY_INDEX_SQL})`, params: [id] });
  const indexes = await Promise.all([7, 8, 9].map((id) => sample.ledger.append([shadow(id)], [insert(id)], 'process')));
  const rows = await sample.storage.read<{ entry: number }>('SELECT entry FROM note ORDER BY id');
  expect(rows.map((row) => row.entry)).toEqual(indexes.flat());
});

test('a receipt from a log that has grown on convinces a stranger', async () => {
  await sample.fill(700);
  await sample.ledger.publish();
  const reader = new LedgerReader(sample.storage, sample.ledger.directory);
  const verifier = parseVerifierKey(readFileSync(join(sample.ledger.directory, 'vkey'), 'utf8'));
  for (const index of [0, 255, 256, 511, 699, 700]) {
    const { entry, receipt } = reader.receipt(index);
    expect(verifyReceipt(receipt, entry, verifier).size).toBe(701);
  }
  await sample.fill(1);
  expect(() => reader.receipt(701)).toThrow('no checkpoint covers');
  expect(await reader.entries(699, 10)).toHaveLength(3);
  expect(await reader.entries(702, 10)).toEqual([]);
});

test('an entry too large is refused before anything is written', async () => {
  const entry = { event: 'shadow.seen', fingerprint: 'x'.repeat(70_000), reason: '' } as const;
  await expect(sample.ledger.append([entry], [], 'power')).rejects.toMatchObject({ code: 'fail_closed' });
  expect(await sample.ledger.append([shadow(1)], [], 'power')).toEqual([1]);
});

test('appends in the background come under a checkpoint by themselves', async () => {
  await sample.fill(10);
  await expect.poll(() => sample.ledger.published, { timeout: 10_000 }).toBe(11);
});

test('torn or missing partial files are made again at start', async () => {
  await sample.fill(600);
  await sample.close();
  writeFileSync(join(sample.ledger.directory, 'tile/1/000.p/2'), Buffer.alloc(5));
  rmSync(join(sample.ledger.directory, 'tile/0/002.p'), { recursive: true });
  rmSync(join(sample.ledger.directory, 'tile/entries/002.p'), { recursive: true });
  writeFileSync(join(sample.ledger.directory, 'tile/entries/002.tmp'), 'torn');
  await sample.open();
  await sample.fill(1);
  await sample.ledger.publish();
  expect(verifyLedger(sample.ledger.directory)).toMatchObject({
    ok: true,
    checkpoint: { size: 602 },
    strangers: ['tile/entries/002.tmp'],
  });
});

test('a partial tile with wrong hashes is not believed at start', async () => {
  await sample.fill(600);
  await sample.close();
  writeFileSync(join(sample.ledger.directory, 'tile/1/000.p/2'), Buffer.alloc(64));
  await sample.open();
  await sample.fill(300);
  await sample.ledger.publish();
  expect(verifyLedger(sample.ledger.directory)).toMatchObject({ ok: true, checkpoint: { size: 901 } });
});

test('LED-7: a database restored from an older backup refuses to sign', async () => {
  await sample.fill(5);
  await sample.close();
  const older = readDatabase();
  await sample.open();
  await sample.fill(5);
  await sample.close();
  const newer = readDatabase();
  writeDatabase(older);
  await expect(sample.open()).rejects.toMatchObject({
    code: 'fail_closed',
    message: expect.stringContaining('older backup'),
  });
  writeDatabase(newer);
  await sample.open();
});

test('ledger files that are gone though the database has let go of their entries refuse to start', async () => {
  await sample.fill(300);
  await sample.close();
  renameSync(join(sample.data, 'ledger'), join(sample.data, 'elsewhere'));
  await expect(sample.open()).rejects.toMatchObject({ message: expect.stringContaining('neither in the files') });
  renameSync(join(sample.data, 'elsewhere'), join(sample.data, 'ledger'));
  await sample.open();
});

test('an entry changed in the database after it was signed refuses to start', async () => {
  await sample.fill(3);
  await sample.ledger.publish();
  const [row] = await sample.storage.read<{ entry: string }>('SELECT entry FROM ledger_entry WHERE id = 2');
  const set = (entry: string) =>
    sample.storage.write([{ sql: 'UPDATE ledger_entry SET entry = ? WHERE id = 2', params: [entry] }], 'power');
  await set('{"at":1,"event":"shadow.seen","v":1}');
  await sample.close();
  await expect(sample.open()).rejects.toMatchObject({ message: expect.stringContaining('not those') });
  await sample.open({ origin: 'localhost/other' }).catch((error) => {
    expect(error.message).toContain('origin');
  });
  const { openSqlite } = await import('../storage/index.ts');
  sample.storage = await openSqlite(sample.data);
  await set(row?.entry ?? '');
  await sample.storage[Symbol.asyncDispose]();
  await sample.open();
});

test('KEY-1: without its key the log goes on to the backlog, then refuses, and recovers by itself', async () => {
  await sample.close();
  const key = join(sample.data, 'ledger-key.pem');
  renameSync(key, `${key}.away`);
  await sample.open({ maxUnsigned: 10 });
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, n) => sample.ledger.append([shadow(n)], [], 'process')),
  );
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(10);
  await expect(sample.ledger.append([shadow(11)], [], 'process')).rejects.toMatchObject({ code: 'fail_closed' });
  expect(existsSync(key)).toBe(false);
  expect(sample.faults[0]).toContain('is missing');
  renameSync(`${key}.away`, key);
  await sample.ledger.publish();
  await sample.ledger.append([shadow(12)], [], 'process');
});

test('keys that others can read refuse to start', async () => {
  await sample.close();
  const key = join(sample.data, 'ledger-key.pem');
  chmodSync(key, 0o644);
  await expect(sample.open()).rejects.toMatchObject({ message: expect.stringContaining('chmod 600') });
  chmodSync(key, 0o600);
  await sample.open();
});

test('one byte changed in any published file is found', async () => {
  await sample.fill(100);
  await sample.ledger.publish();
  await sample.fill(420);
  await sample.ledger.publish();
  const files = readdirSync(sample.ledger.directory, { recursive: true, withFileTypes: true }).filter((item) =>
    item.isFile(),
  );
  expect(files.length).toBeGreaterThan(8);
  for (const item of files) {
    const file = join(item.parentPath, item.name);
    const good = readFileSync(file);
    const bad = Buffer.from(good);
    const at = Math.floor(good.length / 2);
    bad[at] = (bad[at] ?? 0) ^ 1;
    writeFileSync(file, bad);
    expect(verifyLedger(sample.ledger.directory), item.name).toMatchObject({ ok: false });
    writeFileSync(file, good);
  }
  expect(verifyLedger(sample.ledger.directory).ok).toBe(true);
});

test('where files cannot be written appends go on, the operator is told, and publishing recovers without a gap', async () => {
  await sample.fill(300);
  await sample.ledger.publish();
  const obstacle = join(sample.ledger.directory, 'tile/entries/001.tmp');
  mkdirSync(obstacle);
  await sample.fill(400);
  await expect(sample.ledger.publish()).rejects.toThrow('EISDIR');
  await expect.poll(() => sample.faults.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(verifyLedger(sample.ledger.directory)).toMatchObject({ ok: true, checkpoint: { size: 301 } });
  expect(await sample.ledger.append([shadow(1)], [], 'power')).toEqual([701]);
  rmdirSync(obstacle);
  await sample.ledger.publish();
  expect(verifyLedger(sample.ledger.directory)).toMatchObject({ ok: true, checkpoint: { size: 702 }, strangers: [] });
});
