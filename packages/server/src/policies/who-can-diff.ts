import type { AccessChange } from '@reeve/contracts';
import type { FleetPolicies } from './fleet-policies.ts';
import { mayAct } from './fleet-policies.ts';
import { type KnownTools, reachableOf, rowOf, type WhoCanRow } from './who-can.ts';

type Access = ReadonlyMap<string, WhoCanRow>;

/** Past this many the plan says enough; a reader of more would ask who-can. */
export const MAX_ACCESS_CHANGES = 10_000;
const SURE = 'always';

export function diffAccess(
  before: FleetPolicies | undefined,
  after: FleetPolicies,
  knownTools: KnownTools,
): readonly AccessChange[] {
  const names = new Set([...(before?.fleet.agents.keys() ?? []), ...after.fleet.agents.keys()]);
  const changes: AccessChange[] = [];
  for (const name of [...names].sort()) {
    const old = before === undefined ? new Map() : accessOf(before, name, knownTools);
    changes.push(...diffAgent(old, accessOf(after, name, knownTools)));
    if (changes.length >= MAX_ACCESS_CHANGES) return changes.slice(0, MAX_ACCESS_CHANGES);
  }
  return changes;
}

function diffAgent(before: Access, after: Access): AccessChange[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].sort().flatMap((key) => change(before.get(key), after.get(key)) ?? []);
}

function change(before: WhoCanRow | undefined, after: WhoCanRow | undefined): AccessChange | undefined {
  const row = after ?? before;
  const was = before && conditionsText(before);
  const is = after && conditionsText(after);
  if (row === undefined || was === is) return undefined;
  return {
    change: was === undefined ? 'gained' : is === undefined ? 'lost' : 'changed',
    agent: row.agent,
    action: row.action,
    resource: row.resource,
    ...(was !== undefined && was !== SURE && { before: was }),
    ...(is !== undefined && is !== SURE && { after: is }),
  };
}

/** Everything that the agent can do, or can under conditions. */
function accessOf(active: FleetPolicies, agentName: string, knownTools: KnownTools): Access {
  const agent = active.fleet.agents.get(agentName);
  if (agent === undefined || !mayAct(agent)) return new Map();
  const rows = reachableOf(active.fleet, knownTools).flatMap((reachable) => rowOf(active, agent, reachable) ?? []);
  return new Map(rows.filter((row) => row.verdict !== 'no').map((row) => [`${row.action} ${row.resource}`, row]));
}

function conditionsText(row: WhoCanRow): string {
  return row.verdict === 'yes' ? SURE : row.conditions.join(' | ');
}
