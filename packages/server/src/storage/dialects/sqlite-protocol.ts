import type { SqlValue } from '../storage.ts';

/** What the main thread sends the writer thread: a group of units to commit together. */
export interface WriteGroup extends PackedUnits {
  readonly id: number;
  /** Whether the group must survive power loss before it is acknowledged. */
  readonly power: boolean;
}

/** Units in flat lists, as most of what a message costs is its number of objects, arrays and long strings. */
export interface PackedUnits {
  /** SQL that was not sent before; statements are numbered in the order in which their SQL was first sent. */
  readonly texts: readonly string[];
  /** For each unit the count of its statements; for each of these its number, count of parameters, and expectation or -1. */
  readonly shape: readonly number[];
  /** Of all statements. */
  readonly params: SqlValue[];
  /** Where in `params` a blob belongs, and how long it is. */
  readonly blobs: readonly number[];
  /** All blobs, one behind the other. */
  readonly bytes: Uint8Array | undefined;
}

export interface GroupResult {
  /** For each statement of the units without a problem: the row id that it inserted, then the count of changed rows. */
  readonly rows: readonly number[];
  /** By unit. */
  readonly problems: readonly UnitProblem[];
}

export type UnitProblem =
  | { readonly unit: number; readonly failedAt: number }
  | { readonly unit: number; readonly error: string };

export type WriterReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly error: string }
  | ({ readonly kind: 'done'; readonly id: number } & GroupResult);

export interface WriterOptions {
  readonly file: string;
}
