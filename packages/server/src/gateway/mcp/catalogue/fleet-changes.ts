import type { Fleet } from '../../../registry/index.ts';

/** Undefined: every agent of the workspace. */
export type FleetListener = (workspace: string, agents: ReadonlySet<string> | undefined) => void;

/** Tells whose tool lists an apply may have changed: clients of other agents need not read theirs again. */
export class FleetChanges {
  readonly #fleets = new Map<string, Fleet>();
  readonly #listeners = new Set<FleetListener>();

  applied(fleet: Fleet): void {
    const before = this.#fleets.get(fleet.workspace);
    this.#fleets.set(fleet.workspace, fleet);
    if (before === undefined) return;
    const agents = isSameForAll(before, fleet) ? changedAgents(before, fleet) : undefined;
    if (agents?.size === 0) return;
    for (const listen of this.#listeners) listen(fleet.workspace, agents);
  }

  onChange(listener: FleetListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function isSameForAll(before: Fleet, after: Fleet): boolean {
  if (before.policies.length !== after.policies.length || before.toolServers.size !== after.toolServers.size)
    return false;
  for (const [index, policy] of after.policies.entries())
    if (before.policies[index]?.text !== policy.text) return false;
  for (const [name, server] of after.toolServers) if (before.toolServers.get(name) !== server) return false;
  return true;
}

function changedAgents(before: Fleet, after: Fleet): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const [name, agent] of after.agents) if (before.agents.get(name) !== agent) changed.add(name);
  return changed;
}
