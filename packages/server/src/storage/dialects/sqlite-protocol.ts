import type { SqlValue } from '../storage.ts';

/** What the main thread sends the writer thread: a group of units to commit together. */
export interface WriteGroup {
  readonly id: number;
  /** Whether the group must survive power loss before it is acknowledged. */
  readonly power: boolean;
  readonly units: readonly (readonly [sql: string, params: readonly SqlValue[], expect: number][])[];
}

export type UnitResult =
  | { readonly lastIds: readonly number[]; readonly changes: readonly number[] }
  | { readonly failedAt: number }
  | { readonly error: string };

export type WriterReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly error: string }
  | { readonly kind: 'done'; readonly id: number; readonly results: readonly UnitResult[] };

export interface WriterOptions {
  readonly file: string;
}
