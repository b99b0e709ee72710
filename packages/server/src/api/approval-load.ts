import type { ApprovalParts } from './approval-handlers.ts';
import { iso } from './time.ts';

const MAX_APPROVALS = 20_000;

interface Load {
  readonly agent: string | null;
  readonly tool: string | null;
  actions: number;
  held: number;
  readonly waitsMs: number[];
}

/** What asking people costs, by agent and tool: questions in a hundred calls, and how long people took. */
export async function approvalLoad(
  { approvals, traces }: Omit<ApprovalParts, 'now'>,
  workspace: string,
  sinceMs: number,
) {
  const loads = new Map<string, Load>();
  const total: Load = { agent: null, tool: null, actions: 0, held: 0, waitsMs: [] };
  const of = (agent: string, tool: string): Load => {
    const key = `${agent} ${tool}`;
    const load = loads.get(key) ?? { agent, tool, actions: 0, held: 0, waitsMs: [] };
    loads.set(key, load);
    return load;
  };
  for (const { agent, target, calls } of await traces.toolCalls(workspace, sinceMs))
    for (const load of [of(agent, target), total]) load.actions += calls;
  const waits = await approvals.waits(workspace, sinceMs, MAX_APPROVALS);
  for (const { agent, target, requestedAtMs, decidedAtMs } of waits) {
    for (const load of [of(agent, target), total]) {
      load.held++;
      if (decidedAtMs !== undefined) load.waitsMs.push(decidedAtMs - requestedAtMs);
    }
  }
  const items = [...loads.values()].sort((a, b) => b.held - a.held || b.actions - a.actions).map(loadRow);
  return { since: iso(sinceMs), total: loadRow(total), items, truncated: waits.length >= MAX_APPROVALS };
}

function loadRow({ agent, tool, actions, held, waitsMs }: Load) {
  // What was held and never came again is an action too.
  const calls = Math.max(actions, held);
  return {
    ...{ agent, tool, actions: calls, held, decided: waitsMs.length },
    heldPer100: calls === 0 ? 0 : Math.round((held / calls) * 1_000) / 10,
    medianWaitSeconds: medianSeconds(waitsMs),
  };
}

function medianSeconds(waitsMs: readonly number[]): number | null {
  if (waitsMs.length === 0) return null;
  const sorted = [...waitsMs].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? 0;
  const low = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? high) : high;
  return Math.round((low + high) / 2) / 1_000;
}
