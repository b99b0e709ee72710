import type { Kysely } from 'kysely';

export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/** One SQL statement with `?` placeholders. Keep `sql` a constant: prepared statements are cached by it. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** Rows that must change; otherwise the whole unit is rolled back and the write answers `ok: false`. */
  readonly expect?: number;
}

/**
 * What a committed unit survives: `process`, the death of the process (and power loss some 100 ms later); `power`, power
 * loss as soon as the promise resolves.
 */
export type Durability = 'process' | 'power';

export type WriteResult =
  /** `lastIds[i]` is the row id that statement i inserted, 0 where it inserted none. */
  | { readonly ok: true; readonly lastIds: readonly number[]; readonly changes: readonly number[] }
  | { readonly ok: false; readonly failedAt: number };

/**
 * The database handle. A write is a unit of statements that all take effect or none; units of concurrent callers are
 * committed in groups, in the order of the calls. It rejects with ReeveError `fail_closed` where the database cannot take it,
 * and `overloaded` where its queue is full. Reads see every unit whose promise has resolved.
 */
export interface Storage extends AsyncDisposable {
  readonly directory: string;
  /** Typed queries for lists and pages; a store narrows it with `withTables<...>()`. Never on the path of an action. */
  readonly reader: Kysely<unknown>;
  /** Why writes are refused at present; undefined while they are taken. Asked again every second until they are. */
  readonly problem: string | undefined;
  read<Row extends SqlRow>(sql: string, params?: readonly SqlValue[]): Promise<Row[]>;
  write(unit: readonly Statement[], durability: Durability): Promise<WriteResult>;
  /**
   * Called when a group is about to be sent: statements that sum up many small changes join it as one.
   * `settled` hears whether the group was committed.
   */
  beforeGroup(
    collect: () => { statements: readonly Statement[]; settled: (committed: boolean) => void } | undefined,
  ): void;
}

/** Words in which SQL dialects differ, for migrations. */
export interface DialectWords {
  /** One more than the largest id in the table. Where an id must never come again, the row of the largest stays. */
  readonly autoId: string;
  readonly blob: string;
}

export interface Migration {
  /** `0010-audit`; never edited after release. */
  readonly name: string;
  readonly statements: (words: DialectWords) => readonly string[];
}
