import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../migrations/all.ts';
import type { SqlValue } from '../storage.ts';
import type { UnitResult, WriteGroup, WriterOptions, WriterReply } from './sqlite-protocol.ts';
import { SQLITE_WORDS } from './sqlite-words.ts';
import { WalSync } from './wal-sync.ts';

// The only connection that writes. It lives in a thread of its own so that fsync never blocks the event loop.

const WAL_CHECKPOINT_PAGES = 4_000;
const BUSY_TIMEOUT_MS = 2_000;

const port = parentPort;
if (port === null) throw new Error('sqlite-writer runs as a worker thread');
const options = workerData as WriterOptions;

let db: Database.Database;
let statements = new Map<string, Database.Statement>();
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
  reply({ kind: 'done', id: message.id, results: commit(message) });
});

function open(): void {
  db = new Database(options.file, { timeout: BUSY_TIMEOUT_MS });
  places.delete(`${options.file}-wal`);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma(`wal_autocheckpoint = ${WAL_CHECKPOINT_PAGES}`);
  statements = new Map();
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

function commit(group: WriteGroup): readonly UnitResult[] {
  const results = displaced() === undefined ? commitInPlace(group) : [];
  const error = displaced();
  return error === undefined ? results : group.units.map(() => ({ error }));
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

function commitInPlace(group: WriteGroup): readonly UnitResult[] {
  try {
    return inTransaction(group.power, () => group.units.map(runUnit));
  } catch (error) {
    recover(error);
    if (group.units.length === 1) return [{ error: describe(error) }];
    // One bad unit must not take its neighbours down: each gets a transaction of its own.
    return group.units.map((unit) => {
      try {
        return inTransaction(group.power, () => runUnit(unit));
      } catch (alone) {
        recover(alone);
        return { error: describe(alone) };
      }
    });
  }
}

function inTransaction<T>(power: boolean, work: () => T): T {
  db.pragma(power ? 'synchronous = FULL' : 'synchronous = NORMAL');
  db.exec('BEGIN IMMEDIATE');
  let result: T;
  try {
    result = work();
    db.exec('COMMIT');
  } catch (error) {
    if (db.open && db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
  if (power) walSync.cancel();
  else walSync.soon();
  return result;
}

function runUnit(unit: WriteGroup['units'][number]): UnitResult {
  const guarded = unit.some(([, , expect]) => expect >= 0);
  if (guarded) db.exec('SAVEPOINT unit');
  const lastIds: number[] = [];
  const changes: number[] = [];
  for (const [index, [sql, params, expect]] of unit.entries()) {
    const done = prepared(sql).run(...(params as SqlValue[]));
    if (expect >= 0 && done.changes !== expect) {
      db.exec('ROLLBACK TO unit');
      db.exec('RELEASE unit');
      return { failedAt: index };
    }
    lastIds.push(Number(done.lastInsertRowid));
    changes.push(done.changes);
  }
  if (guarded) db.exec('RELEASE unit');
  return { lastIds, changes };
}

function prepared(sql: string): Database.Statement {
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = db.prepare(sql);
    statements.set(sql, statement);
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
