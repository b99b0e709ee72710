import type { Agent, AgentId } from '@reeve/contracts';
import { must } from '../lib/index.ts';
import type { Fleet } from './fleet.ts';

/** One agent in a list. */
export interface AgentRow {
  readonly id: AgentId;
  readonly name: string;
  readonly purpose: string;
  readonly owner: string;
  readonly risk: Agent['risk'];
  readonly autonomy: Agent['autonomy'];
  readonly state: Agent['state'];
  readonly reviewedAt: string | null;
}

export interface AgentPage {
  readonly items: readonly AgentRow[];
  readonly next: string | null;
}

export function agentPage(
  fleet: Fleet,
  ids: ReadonlyMap<string, AgentId>,
  after: string | undefined,
  limit: number,
): AgentPage {
  const items: AgentRow[] = [];
  // A fleet's maps are in order of names.
  for (const agent of fleet.agents.values()) {
    if (after !== undefined && agent.name <= after) continue;
    if (items.length === limit) return { items, next: items.at(-1)?.name ?? null };
    items.push(row(agent, must(ids.get(agent.name), 'an id for every agent')));
  }
  return { items, next: null };
}

function row({ name, purpose, owner, risk, autonomy, state, reviewed }: Agent, id: AgentId): AgentRow {
  return { id, name, purpose, owner, risk, autonomy, state, reviewedAt: reviewed?.at ?? null };
}
