import { makeId } from '@reeve/contracts';
import type { Storage } from '../storage/index.ts';
import type { ActionRecord } from './action-record.ts';
import { type ActionRow, toRecord } from './action-row.ts';

// Everything a workspace did, in the order in which it happened: what a replay reads. Ids sort by time.

const PAGE = 'SELECT * FROM trace_action WHERE workspace = ? AND id > ? AND id < ? ORDER BY id LIMIT ?';
const NTH_NEWEST =
  'SELECT id FROM trace_action WHERE workspace = ? AND id > ? AND id < ? ORDER BY id DESC LIMIT 1 OFFSET ?';
const COUNT = 'SELECT COUNT(*) AS n FROM trace_action WHERE workspace = ? AND id >= ? AND id < ?';
const NO_RANDOM = new Uint8Array(10);

export interface ReplayWindow {
  /** Of the first action, or before it. */
  readonly first: string;
  /** Beyond the last. */
  readonly end: string;
  readonly actions: number;
  /** Whether older actions of the time are left out, because there are more than asked for. */
  readonly truncated: boolean;
}

/** The newest `limit` actions of a time. */
export async function replayWindow(
  storage: Storage,
  workspace: string,
  { sinceMs, untilMs, limit }: { readonly sinceMs: number; readonly untilMs: number; readonly limit: number },
): Promise<ReplayWindow> {
  const since = idAt(sinceMs);
  const end = idAt(untilMs);
  const [oldest] = await storage.read<{ id: string }>(NTH_NEWEST, [workspace, since, end, limit - 1]);
  const first = oldest?.id ?? since;
  const [counted] = await storage.read<{ n: number }>(COUNT, [workspace, first, end]);
  const [older] =
    oldest === undefined ? [] : await storage.read<{ id: string }>(NTH_NEWEST, [workspace, since, end, limit]);
  return { first, end, actions: Number(counted?.n ?? 0), truncated: older !== undefined };
}

/** Oldest first, behind `after`. */
export async function replayPage(
  storage: Storage,
  workspace: string,
  { after, end, limit }: { readonly after: string; readonly end: string; readonly limit: number },
): Promise<readonly ActionRecord[]> {
  return (await storage.read<ActionRow>(PAGE, [workspace, after, end, limit])).map(toRecord);
}

function idAt(atMs: number): string {
  return makeId('action', Math.max(0, Math.floor(atMs)), NO_RANDOM);
}
