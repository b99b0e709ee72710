import { makeId } from '@reeve/contracts';
import type { Storage } from '../storage/index.ts';
import type { ActionRow } from './action-row.ts';

// What every question about traces has: the tables, a window of time, a page. Ids sort by time, so they are cursor and time bound in one.

export type Tables = {
  trace_action: ActionRow;
  trace_run: {
    id: string;
    workspace: string;
    name: string | null;
    agent: string;
    parent: string | null;
    root: string | null;
    started_at: number;
  };
};

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface Window {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export interface PageRequest {
  /** What `next` of the page before said. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

const DEFAULT_PAGE = 50;
const MAX_PAGE = 500;
const NO_RANDOM = new Uint8Array(10);

export function db(storage: Storage) {
  return storage.reader.withTables<Tables>();
}

/** The smallest id of a moment. */
export function firstId(noun: 'action' | 'run', atMs: number): string {
  return makeId(noun, Math.max(0, Math.floor(atMs)), NO_RANDOM);
}

export function pageSize({ limit = DEFAULT_PAGE }: PageRequest): number {
  return Math.min(Math.max(1, Math.floor(limit)), MAX_PAGE);
}

export function cut<T extends { readonly id: string }>(items: readonly T[], limit: number): Page<T> {
  if (items.length <= limit) return { items, next: null };
  const kept = items.slice(0, limit);
  return { items: kept, next: kept.at(-1)?.id ?? null };
}
