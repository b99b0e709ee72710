import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../migrations/all.ts';
import type { GroupResult, UnitProblem, WriteGroup, WriterOptions, WriterReply } from './sqlite-protocol.ts';
import { SQLITE_WORDS } from './sqlite-words.ts';
import { type UnitPlace, unpack } from './unit-packer.ts';
import { WalSync } from './wal-sync.ts';

// The only connection that writes. It lives in a thread of its own so that fsync never blocks the event loop.

const WAL_CHECKPOINT_PAGES = 4_000;
const BUSY_TIMEOUT_MS = 2_000;

const port = parentPort;
if (port === null) throw new Error('sqlite-writer runs as a worker thread');
const options = workerData as WriterOptions;

let db: Database.Database;
/** Of the open connection, by number and by SQL. */
let statements: Database.Statement[] = [];
let internal = new Map<string, Database.Statement>();
/** By number, as the main thread counts them. */
const texts: string[] = [];
let synced: boolean | undefined;
const walSync = new WalSync(`${options.file}-wal`, syncNow);
/** Inodes of the files that are open, by name. */
const places = new Map<string, number>();

try {
  open();
  migrate();
  reply({ kind: 'ready' });
} catch (error) {
  reply({ kind: 'unusable', error: String(error) });
}

port.on('message', (message: WriteGroup | 'close') => {
  if (message === 'close') return close();
  texts.push(...message.texts);
  reply({ kind: 'done', id: message.id, ...commit(message) });
});

function open(): void {
  db = new Database(options.file, { timeout: BUSY_TIMEOUT_MS });
  places.delete(`${options.file}-wal`);
  db.pragma('journal_mode = WAL');
  db.pragma('foreign_keys = ON');
  db.pragma(`wal_autocheckpoint = ${WAL_CHECKPOINT_PAGES}`);
  statements = [];
  internal = new Map();
  synced = undefined;
}

function migrate(): void {
  db.exec('CREATE TABLE IF NOT EXISTS storage_migration (name TEXT PRIMARY KEY, at BIGINT NOT NULL)');
  const known = new Set(db.prepare('SELECT name FROM storage_migration').pluck().all());
  for (const migration of MIGRATIONS) {
    if (known.has(migration.name)) continue;
    db.transaction(() => {
      for (const sql of migration.statements(SQLITE_WORDS)) db.exec(sql);
      db.prepare('INSERT INTO storage_migration (name, at) VALUES (?, ?)').run(migration.name, Date.now());
    })();
  }
}

function commit(group: WriteGroup): GroupResult {
  const units = unpack(group);
  const result = displaced() === undefined ? commitInPlace(group, units) : undefined;
  const error = displaced();
  if (result !== undefined && error === undefined) return result;
  return { rows: [], problems: units.map(({ index }) => ({ unit: index, error: error ?? 'moved' })) };
}

/** A file that was removed or replaced still takes commits, into nowhere: nobody may be told that they are kept. */
function displaced(): string | undefined {
  for (const file of [options.file, `${options.file}-wal`]) {
    const inode = statSync(file, { throwIfNoEntry: false })?.ino;
    const known = places.get(file);
    if (known === undefined && inode !== undefined) places.set(file, inode);
    else if (inode !== known) return `${file} was removed or replaced; put it back, or stop and restore`;
  }
  return undefined;
}

function commitInPlace(group: WriteGroup, units: readonly UnitPlace[]): GroupResult {
  const rows: number[] = [];
  const problems: UnitProblem[] = [];
  try {
    inTransaction(group.power, () => {
      for (const unit of units) runUnit(group, unit, rows, problems);
    });
    return { rows, problems };
  } catch (error) {
    recover(error);
    if (units.length === 1) return { rows: [], problems: [{ unit: 0, error: describe(error) }] };
  }
  return commitEach(group, units);
}

/** One bad unit must not take its neighbours down: each gets a transaction of its own. */
function commitEach(group: WriteGroup, units: readonly UnitPlace[]): GroupResult {
  const rows: number[] = [];
  const problems: UnitProblem[] = [];
  for (const unit of units) {
    const before = rows.length;
    try {
      inTransaction(group.power, () => runUnit(group, unit, rows, problems));
    } catch (error) {
      rows.length = before;
      recover(error);
      if (problems.at(-1)?.unit === unit.index) problems.pop();
      problems.push({ unit: unit.index, error: describe(error) });
    }
  }
  return { rows, problems };
}

function inTransaction(power: boolean, work: () => void): void {
  if (synced !== power) db.pragma(power ? 'synchronous = FULL' : 'synchronous = NORMAL');
  synced = power;
  prepared('BEGIN IMMEDIATE').run();
  try {
    work();
    prepared('COMMIT').run();
  } catch (error) {
    if (db.open && db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
  if (power) walSync.cancel();
  else walSync.soon();
}

function runUnit({ shape, params }: WriteGroup, unit: UnitPlace, rows: number[], problems: UnitProblem[]): void {
  const count = shape[unit.shape] ?? 0;
  const guarded = isGuarded(shape, unit.shape, count);
  const before = rows.length;
  if (guarded) prepared('SAVEPOINT unit').run();
  let from = unit.params;
  for (let index = 0; index < count; index++) {
    const at = unit.shape + 1 + 3 * index;
    const end = from + (shape[at + 1] ?? 0);
    const expect = shape[at + 2] ?? -1;
    const done = numbered(shape[at] ?? -1).run(...params.slice(from, end));
    from = end;
    if (expect >= 0 && done.changes !== expect) {
      prepared('ROLLBACK TO unit').run();
      prepared('RELEASE unit').run();
      rows.length = before;
      problems.push({ unit: unit.index, failedAt: index });
      return;
    }
    rows.push(Number(done.lastInsertRowid), done.changes);
  }
  if (guarded) prepared('RELEASE unit').run();
}

function isGuarded(shape: readonly number[], at: number, count: number): boolean {
  for (let index = 1; index <= count; index++) if ((shape[at + 3 * index] ?? -1) >= 0) return true;
  return false;
}

function numbered(number: number): Database.Statement {
  let statement = statements[number];
  if (statement === undefined) {
    statement = db.prepare(texts[number] ?? '');
    statements[number] = statement;
  }
  return statement;
}

function prepared(sql: string): Database.Statement {
  let statement = internal.get(sql);
  if (statement === undefined) {
    statement = db.prepare(sql);
    internal.set(sql, statement);
  }
  return statement;
}

/** A synced commit carries all earlier WAL frames with it. */
function syncNow(): void {
  try {
    inTransaction(true, () => prepared('UPDATE storage_sync SET at = ? WHERE id = 1').run(Date.now()));
  } catch (error) {
    recover(error);
    walSync.soon();
  }
}

/** After an I/O error the page cache may lie about what is on disk, so the handle is dead: reopen and let SQLite recover. */
function recover(error: unknown): void {
  if (!String((error as { code?: unknown }).code ?? '').startsWith('SQLITE_IOERR')) return;
  try {
    db.close();
  } catch {
    // A handle that cannot even close is abandoned; the new one decides whether the database is usable.
  }
  walSync.reopen();
  try {
    open();
  } catch (reopening) {
    reply({ kind: 'unusable', error: describe(reopening) });
  }
}

function close(): void {
  try {
    inTransaction(true, () => prepared('UPDATE storage_sync SET at = ? WHERE id = 1').run(Date.now()));
    db.close();
  } finally {
    process.exit(0);
  }
}

function describe(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? `${code}: ${(error as Error).message}` : String(error);
}

function reply(message: WriterReply): void {
  port?.postMessage(message);
}
