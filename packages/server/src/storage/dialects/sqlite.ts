import { closeSync, fchmodSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { ReeveError } from '../../lib/index.ts';
import type { Durability, SqlRow, SqlValue, Statement, Storage, WriteResult } from '../storage.ts';
import type { GroupResult, UnitProblem, WriteGroup, WriterOptions, WriterReply } from './sqlite-protocol.ts';
import { UnitPacker } from './unit-packer.ts';

const MAX_QUEUED_UNITS = 20_000;
const MAX_GROUP_UNITS = 512;
const WRITE_TIMEOUT_MS = 5_000;
const WATCH_EVERY_MS = 1_000;
const OWNER_ONLY = 0o700;
const OWNER_ONLY_FILE = 0o600;
const PROBE: Statement = { sql: 'UPDATE storage_sync SET at = ? WHERE id = 1', params: [0] };

interface Waiting {
  readonly unit: readonly Statement[];
  readonly power: boolean;
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (error: ReeveError) => void;
  readonly queuedAt: number;
}
type Collect = Parameters<Storage['beforeGroup']>[0];

export async function openSqlite(directory: string): Promise<Storage> {
  mkdirSync(directory, { recursive: true, mode: OWNER_ONLY });
  const file = join(directory, 'reeve.db');
  keepToOwner(file);
  const workerData: WriterOptions = { file };
  const worker = new Worker(new URL('./sqlite-writer.ts', import.meta.url), { workerData });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (message: WriterReply) => {
      if (message.kind === 'ready') resolve();
      else
        reject(
          new ReeveError(
            'fail_closed',
            `the database ${file} cannot be opened: ${message.kind === 'unusable' ? message.error : message.kind}`,
          ),
        );
    });
    worker.once('error', reject);
  });
  return new SqliteStorage(directory, file, worker);
}

/** Also in a directory that others may read. SQLite gives its other files the mode of this one. */
function keepToOwner(file: string): void {
  try {
    const handle = openSync(file, 'a', OWNER_ONLY_FILE);
    try {
      fchmodSync(handle, OWNER_ONLY_FILE);
    } finally {
      closeSync(handle);
    }
  } catch {
    // What cannot be opened or changed here, the writer says why.
  }
}

class SqliteStorage implements Storage {
  readonly directory: string;
  readonly reader: Kysely<unknown>;
  readonly #db: Database.Database;
  readonly #worker: Worker;
  readonly #statements = new Map<string, Database.Statement>();
  readonly #packer = new UnitPacker();
  readonly #collectors: Collect[] = [];
  #queue: Waiting[] = [];
  #inFlight: { id: number; waiting: Waiting[]; settled: ((committed: boolean) => void)[] } | undefined;
  #scheduled = false;
  #closing = false;
  #lastGroup = 0;
  #watchdog: NodeJS.Timeout;
  /** Set while the writer thread is gone or says it cannot write: everything is refused. */
  #unusable: string | undefined;
  /** What the last group met, until one is committed again. */
  #fault: string | undefined;

  constructor(directory: string, file: string, worker: Worker) {
    this.directory = directory;
    this.#db = new Database(file, { readonly: true });
    this.#worker = worker;
    this.reader = new Kysely<unknown>({ dialect: new SqliteDialect({ database: this.#db }) });
    worker.on('message', (message: WriterReply) => this.#onReply(message));
    worker.on('error', (error) => this.#giveUp(String(error)));
    worker.on('exit', () => this.#giveUp('the writer thread ended'));
    this.#watchdog = setInterval(() => this.#watch(), WATCH_EVERY_MS);
    this.#watchdog.unref();
  }

  get problem(): string | undefined {
    const reason = this.#unusable ?? this.#fault;
    return reason === undefined ? undefined : `the database cannot be written: ${reason}`;
  }

  async read<Row extends SqlRow>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement.all(...params) as Row[];
  }

  write(unit: readonly Statement[], durability: Durability): Promise<WriteResult> {
    if (this.#unusable !== undefined || this.#closing) {
      return Promise.reject(
        new ReeveError('fail_closed', 'the database cannot be written', { detail: this.#unusable ?? 'closing' }),
      );
    }
    if (this.#queue.length >= MAX_QUEUED_UNITS) {
      return Promise.reject(
        new ReeveError('overloaded', `${MAX_QUEUED_UNITS} writes are waiting`, { retryAfterSeconds: 1 }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ unit, power: durability === 'power', resolve, reject, queuedAt: performance.now() });
      this.#schedule();
    });
  }

  beforeGroup(collect: Collect): void {
    this.#collectors.push(collect);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#queue.length > 0 || this.#inFlight !== undefined)
      await new Promise((resolve) => setTimeout(resolve, 1));
    this.#closing = true;
    clearInterval(this.#watchdog);
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    if (this.#unusable === undefined) {
      this.#worker.postMessage('close');
      await ended;
    } else await this.#worker.terminate();
    this.#db.close();
  }

  /** Waits for the end of the present turn, so that all that arrived in it goes in one group. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#inFlight !== undefined || this.#queue.length === 0 || this.#unusable !== undefined) return;
    const waiting = this.#queue.length <= MAX_GROUP_UNITS ? this.#queue : this.#queue.slice(0, MAX_GROUP_UNITS);
    this.#queue = waiting === this.#queue ? [] : this.#queue.slice(MAX_GROUP_UNITS);
    const units = waiting.map((item) => item.unit);
    const settled: ((committed: boolean) => void)[] = [];
    for (const collect of this.#collectors) {
      const extra = collect();
      if (extra === undefined) continue;
      units.push(extra.statements);
      settled.push(extra.settled);
    }
    const id = ++this.#lastGroup;
    this.#inFlight = { id, waiting, settled };
    const group: WriteGroup = { id, power: waiting.some((item) => item.power), ...this.#packer.pack(units) };
    this.#worker.postMessage(group);
  }

  #onReply(message: WriterReply): void {
    if (message.kind === 'unusable') this.#giveUp(message.error);
    if (message.kind !== 'done' || this.#inFlight?.id !== message.id) return;
    const { waiting, settled } = this.#inFlight;
    this.#inFlight = undefined;
    this.#fault = faultOf(message);
    answer(waiting, settled, message);
    if (this.#queue.length > 0) this.#send();
  }

  #giveUp(reason: string): void {
    if (this.#closing) return;
    this.#unusable = reason;
    const stranded = [...(this.#inFlight?.waiting ?? []), ...this.#queue];
    for (const settle of this.#inFlight?.settled ?? []) settle(false);
    this.#inFlight = undefined;
    this.#queue = [];
    for (const item of stranded)
      item.reject(new ReeveError('fail_closed', 'the database cannot be written', { detail: reason }));
  }

  /** Nothing may ask a server that says it is not ready, so it must find out by itself when it is. */
  #watch(): void {
    this.#refuseOverdue();
    if (this.#fault === undefined || this.#inFlight !== undefined || this.#queue.length > 0) return;
    this.write([PROBE], 'power').catch(() => undefined);
  }

  /** A disk that hangs must end as a refusal, not as a queue. The group itself may still commit; its callers were told no. */
  #refuseOverdue(): void {
    const before = performance.now() - WRITE_TIMEOUT_MS;
    const overdue = (item: Waiting) => item.queuedAt < before;
    for (const item of [...(this.#inFlight?.waiting ?? []), ...this.#queue].filter(overdue)) {
      this.#fault = `no answer within ${WRITE_TIMEOUT_MS} ms`;
      item.reject(new ReeveError('fail_closed', 'the database did not answer in time'));
    }
    this.#queue = this.#queue.filter((item) => !overdue(item));
  }
}

function answer(
  waiting: readonly Waiting[],
  settled: readonly ((committed: boolean) => void)[],
  { rows, problems }: GroupResult,
): void {
  const byUnit = new Map(problems.map((problem) => [problem.unit, problem]));
  let row = 0;
  for (const [index, item] of waiting.entries()) {
    const problem = byUnit.get(index);
    if (problem === undefined) row = resolveWith(item, rows, row);
    else if ('failedAt' in problem) item.resolve({ ok: false, failedAt: problem.failedAt });
    else item.reject(new ReeveError('fail_closed', 'the database refused the write', { detail: problem.error }));
  }
  for (const [index, settle] of settled.entries()) {
    const problem = byUnit.get(waiting.length + index);
    settle(problem === undefined || !('error' in problem));
  }
}

/** Answers where the rows of the next unit begin. */
function resolveWith(item: Waiting, rows: readonly number[], from: number): number {
  const lastIds: number[] = [];
  const changes: number[] = [];
  const end = from + 2 * item.unit.length;
  for (let at = from; at < end; at += 2) {
    lastIds.push(rows[at] ?? 0);
    changes.push(rows[at + 1] ?? 0);
  }
  item.resolve({ ok: true, lastIds, changes });
  return end;
}

/** What kept the database from taking a group. A unit that breaks a constraint is its caller's fault, not the database's. */
function faultOf({ problems }: GroupResult): string | undefined {
  const kept = problems.find((problem): problem is UnitProblem & { error: string } => {
    return 'error' in problem && !problem.error.startsWith('SQLITE_CONSTRAINT');
  });
  return kept?.error;
}
