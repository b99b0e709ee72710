import { hash } from 'node:crypto';
import type { SqlRow, SqlValue, Statement, Storage } from '../../storage/index.ts';
import type { SeenEvent } from './signal-state.ts';
import { EXACT_WINDOW_MS, type Window } from './window.ts';

/** Where the events of one key are. */
export interface SignalKey {
  readonly workspace: string;
  readonly window: Window;
  readonly key: string;
}

/** The same as one short text, by which its rows are found. */
export interface PlacedKey extends SignalKey {
  readonly place: string;
}

export interface SavedState extends SqlRow {
  version: number;
  state: string;
  expires_at: number;
}

export interface StoredEvent extends SqlRow {
  id: number;
  workspace: string;
  signal: string;
  key: string;
  at: number;
  action: string;
  ordinal: number;
  value: number | null;
  written_at: number;
}

/** 132 bits: no two keys of any database share one. */
const PLACE_LENGTH = 22;
export const PAGE_ROWS = 1_000;
/** So many events are summed up at once, and so many rows swept: neither thread is held up for longer than a few milliseconds. */
export const ABSORB_ROWS = 100;
export const SWEEP_ROWS = 500;
/** Rows of short windows stay a little longer than any of these, for actions that are judged late. */
const RECENT_KEPT_MS = 2 * EXACT_WINDOW_MS + 60_000;

/** So many rows go into one statement: each statement costs about as much as two rows. */
const ROWS_AT_ONCE = 16;
const OF_KEY = 'WHERE workspace = ? AND signal = ? AND key = ?';
const OF_PLACE = 'WHERE workspace = ? AND place = ?';
const PAGE = `(at, action, ordinal) > (?, ?, ?) ORDER BY at, action, ordinal LIMIT ${PAGE_ROWS}`;
const ONE = 'AND at = ? AND action = ? AND ordinal = ?';

interface EventSql {
  /** For one row, for two, ... */
  readonly add: readonly string[];
  readonly remove: string;
  readonly page: string;
}

const RECENT = eventSql('risk_recent_event', ['workspace', 'place', 'at', 'action', 'ordinal', 'value', 'written_at']);
const LONG = eventSql('risk_event', [
  ...['workspace', 'place', 'at', 'action', 'ordinal', 'value', 'written_at'],
  ...['signal', 'key'],
]);

function eventSql(table: string, columns: readonly string[]): EventSql {
  const marks = `(${columns.map(() => '?').join(', ')})`;
  const insert = (rows: number) =>
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array.from({ length: rows }, () => marks).join(', ')}`;
  return {
    add: Array.from({ length: ROWS_AT_ONCE }, (_, index) => insert(index + 1)),
    remove: `DELETE FROM ${table} ${OF_PLACE} ${ONE}`,
    page: `SELECT * FROM ${table} ${OF_PLACE} AND at >= ? AND ${PAGE}`,
  };
}

const STATE = `SELECT version, state, expires_at FROM risk_signal ${OF_KEY}`;
const SAVE = `INSERT INTO risk_signal (workspace, signal, key, version, state, expires_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (workspace, signal, key) DO UPDATE SET
    version = excluded.version, state = excluded.state, expires_at = excluded.expires_at
  WHERE risk_signal.version = excluded.version - 1`;
const FORGET = 'DELETE FROM risk_event WHERE workspace = ? AND id = ?';

// The two below are jobs of the whole server, for all workspaces alike.
const OLDEST = `SELECT * FROM risk_event WHERE id > ? ORDER BY id LIMIT ${ABSORB_ROWS}`;
const SWEEP_RECENT = `DELETE FROM risk_recent_event WHERE at < ? AND written_at < ? AND id IN
  (SELECT id FROM risk_recent_event ORDER BY id LIMIT ${SWEEP_ROWS})`;
const SWEEP_STATES = `DELETE FROM risk_signal WHERE (workspace, signal, key) IN
  (SELECT workspace, signal, key FROM risk_signal WHERE expires_at < ? ORDER BY expires_at LIMIT ${SWEEP_ROWS})`;

export class SignalStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async state(key: SignalKey): Promise<SavedState | undefined> {
    return (await this.#storage.read<SavedState>(STATE, paramsOf(key)))[0];
  }

  /** Events of a key by time, from this one or moment on. */
  page(
    key: PlacedKey,
    { at, action, ordinal }: { at: number; action: string; ordinal: number },
  ): Promise<StoredEvent[]> {
    const params = [key.workspace, key.place, at, at, action, ordinal];
    return this.#storage.read<StoredEvent>(sqlOf(key).page, params);
  }

  /** Events of long windows, in the order in which they were written. */
  oldest(afterId: number): Promise<StoredEvent[]> {
    return this.#storage.read<StoredEvent>(OLDEST, [afterId]);
  }

  async write(unit: readonly Statement[]): Promise<void> {
    await this.#storage.write(unit, 'process');
  }

  /** How many rows went that no window reaches any more. */
  async sweep(atMs: number): Promise<number> {
    const before = atMs - RECENT_KEPT_MS;
    const unit = [
      { sql: SWEEP_RECENT, params: [before, before] },
      { sql: SWEEP_STATES, params: [atMs] },
    ];
    const result = await this.#storage.write(unit, 'process');
    return result.ok ? result.changes.reduce((sum, rows) => sum + rows, 0) : 0;
  }
}

/** Rows of one action, few statements. */
export function addStatements(rows: readonly [PlacedKey, SeenEvent][], writtenAtMs: number): Statement[] {
  const recent = rows.filter(([key]) => key.window.exact);
  const long = rows.filter(([key]) => !key.window.exact);
  return [
    ...inserts(RECENT, recent, (key, event) => eventParams(key, event, writtenAtMs)),
    ...inserts(LONG, long, (key, event) => [...eventParams(key, event, writtenAtMs), key.window.name, key.key]),
  ];
}

function inserts(
  { add }: EventSql,
  rows: readonly [PlacedKey, SeenEvent][],
  paramsFor: (key: PlacedKey, event: SeenEvent) => SqlValue[],
): Statement[] {
  const statements: Statement[] = [];
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const part = rows.slice(from, from + ROWS_AT_ONCE);
    const sql = add[part.length - 1];
    if (sql !== undefined) statements.push({ sql, params: part.flatMap(([key, event]) => paramsFor(key, event)) });
  }
  return statements;
}

function eventParams(key: PlacedKey, { atMs, action, ordinal, value }: SeenEvent, writtenAtMs: number): SqlValue[] {
  return [key.workspace, key.place, atMs, action, ordinal, value === atMs ? null : value, writtenAtMs];
}

export function removeStatement(key: PlacedKey, { atMs, action, ordinal }: SeenEvent): Statement {
  return { sql: sqlOf(key).remove, params: [key.workspace, key.place, atMs, action, ordinal] };
}

export function placeOf({ workspace, window, key }: SignalKey): string {
  return hash('sha256', JSON.stringify([workspace, window.name, key]), 'base64url').slice(0, PLACE_LENGTH);
}

/** A state that takes the place of these events. The unit fails where another process was faster. */
export function absorbStatements(key: SignalKey, state: SavedState, events: readonly StoredEvent[]): Statement[] {
  const params = [...paramsOf(key), state.version, state.state, state.expires_at];
  const forget = events.map(({ workspace, id }) => ({ sql: FORGET, params: [workspace, id] }));
  return [{ sql: SAVE, params, expect: 1 }, ...forget];
}

export function toEvent(row: StoredEvent): SeenEvent {
  const { action } = row;
  const atMs = Number(row.at);
  return { atMs, value: row.value ?? atMs, action, ordinal: Number(row.ordinal), open: false };
}

function sqlOf({ window }: SignalKey): EventSql {
  return window.exact ? RECENT : LONG;
}

function paramsOf({ workspace, window, key }: SignalKey): SqlValue[] {
  return [workspace, window.name, key];
}
