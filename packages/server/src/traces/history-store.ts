import type { SqlRow, Storage } from '../storage/index.ts';

const FIRST = 'SELECT started_at FROM trace_action WHERE workspace = ? AND agent = ? ORDER BY id LIMIT 1';
// The words are those of the partial index, so that it is used.
const LAST_REFUSED = `SELECT id, started_at FROM trace_action WHERE workspace = ? AND agent = ? AND outcome IN ('denied', 'blocked')
  ORDER BY id DESC LIMIT 1`;
const EXECUTED_SINCE = `SELECT COUNT(*) AS executed FROM (SELECT 1 FROM trace_action
  WHERE workspace = ? AND agent = ? AND id > ? AND outcome = 'succeeded' LIMIT ?) AS recent`;

/** An agent's record as far as trust goes. */
export interface AgentHistory {
  readonly firstAtMs: number | undefined;
  readonly lastRefusedAtMs: number | undefined;
  /** Actions that succeeded since the last refusal. */
  readonly executed: number;
}

export async function readAgentHistory(
  storage: Storage,
  workspace: string,
  agent: string,
  atMost: number,
): Promise<AgentHistory> {
  const key = [workspace, agent];
  const [first, refused] = await Promise.all([
    storage.read<SqlRow & { started_at: number }>(FIRST, key),
    storage.read<SqlRow & { id: string; started_at: number }>(LAST_REFUSED, key),
  ]);
  const [counted] = await storage.read<SqlRow & { executed: number }>(EXECUTED_SINCE, [
    ...key,
    refused[0]?.id ?? '',
    atMost,
  ]);
  return {
    firstAtMs: first[0] && Number(first[0].started_at),
    lastRefusedAtMs: refused[0] && Number(refused[0].started_at),
    executed: Number(counted?.executed ?? 0),
  };
}
