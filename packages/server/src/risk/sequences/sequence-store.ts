import type { SqlRow, Statement, Storage } from '../../storage/index.ts';
import { type Chains, eventsOf, type Link } from './chain.ts';

interface MatchRow extends SqlRow {
  readonly step: number;
  readonly events: string;
}

const READ = `SELECT step, events FROM risk_sequence_match WHERE workspace = ? AND sequence = ? AND match_key = ?`;
// Of two that end at the same step, the one that started last is kept, whatever order they were committed in.
const KEEP = `INSERT INTO risk_sequence_match (workspace, sequence, match_key, step, start_at, expires_at, events) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (workspace, sequence, match_key, step) DO UPDATE SET start_at = excluded.start_at, expires_at = excluded.expires_at, events = excluded.events
  WHERE excluded.start_at >= risk_sequence_match.start_at`;
const SWEEP = `DELETE FROM risk_sequence_match WHERE expires_at < ?`;

export interface MatchKey {
  readonly workspace: string;
  /** Id of the sequence. */
  readonly sequence: string;
  readonly key: string;
}

export async function readChains(storage: Storage, { workspace, sequence, key }: MatchKey): Promise<Chains> {
  const chains: Chains = [];
  for (const { step, events } of await storage.read<MatchRow>(READ, [workspace, sequence, key]))
    chains[Number(step)] = linkOf(JSON.parse(events) as EventColumns[]);
  return chains;
}

export function keepChain(
  { workspace, sequence, key }: MatchKey,
  step: number,
  link: Link,
  withinMs: number,
): Statement {
  const events: EventColumns[] = eventsOf(link).map(({ action, agent, tool, atMs }) => [action, agent, tool, atMs]);
  const params = [workspace, sequence, key, step, link.startMs, link.startMs + withinMs, JSON.stringify(events)];
  return { sql: KEEP, params };
}

/** What no action can complete any more, of all workspaces. */
export async function sweepChains(storage: Storage, beforeMs: number): Promise<void> {
  await storage.write([{ sql: SWEEP, params: [beforeMs] }], 'process');
}

type EventColumns = readonly [action: string, agent: string, tool: string, atMs: number];

function linkOf(events: readonly EventColumns[]): Link | undefined {
  let link: Link | undefined;
  for (const [action, agent, tool, atMs] of events)
    link = { event: { action, agent, tool, atMs }, startMs: link?.startMs ?? atMs, before: link };
  return link;
}
