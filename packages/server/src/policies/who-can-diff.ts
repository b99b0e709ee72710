import type { AccessChange } from '@reeve/contracts';
import { type FleetPolicies, mayAct, pause } from './fleet-policies.ts';
import { type KnownTools, reachableOf, rowOf, type WhoCanRow } from './who-can.ts';

type Access = ReadonlyMap<string, WhoCanRow>;

/** Past this many the plan says enough; a reader of more would ask who-can. */
const MAX_ACCESS_CHANGES = 10_000;
const SURE = 'always';

/** Only agents that the change can reach are asked about, because asking costs agents times tools. */
export async function diffAccess(
  before: FleetPolicies | undefined,
  after: FleetPolicies,
  knownTools: KnownTools,
): Promise<readonly AccessChange[]> {
  const changes: AccessChange[] = [];
  for (const name of [...affectedAgents(before, after)].sort()) {
    await pause();
    const old = before === undefined ? new Map() : accessOf(before, name, knownTools);
    changes.push(...diffAgent(old, accessOf(after, name, knownTools)));
    if (changes.length >= MAX_ACCESS_CHANGES) return changes.slice(0, MAX_ACCESS_CHANGES);
  }
  return changes;
}

function affectedAgents(before: FleetPolicies | undefined, after: FleetPolicies): Set<string> {
  const all = new Set([...(before?.fleet.agents.keys() ?? []), ...after.fleet.agents.keys()]);
  if (before === undefined || resourcesText(before) !== resourcesText(after)) return all;
  const affected = new Set<string>();
  for (const policy of [...policiesOnlyIn(before, after), ...policiesOnlyIn(after, before)]) {
    if (policy.scope.agent === undefined) return all;
    affected.add(policy.scope.agent);
  }
  for (const name of all) {
    if (agentText(before, name) !== agentText(after, name)) affected.add(name);
  }
  return affected;
}

function policiesOnlyIn(one: FleetPolicies, other: FleetPolicies): FleetPolicies['policies'] {
  const texts = new Set(other.policies.map((policy) => policy.text));
  return one.policies.filter((policy) => !texts.has(policy.text));
}

function resourcesText({ fleet }: FleetPolicies): string {
  return JSON.stringify([[...fleet.toolServers], [...fleet.models.keys()]]);
}

function agentText({ fleet }: FleetPolicies, name: string): string | undefined {
  return JSON.stringify(fleet.agents.get(name));
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
