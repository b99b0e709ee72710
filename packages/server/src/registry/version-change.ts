import type { AgentId, FleetApplied } from '@reeve/contracts';
import { newId } from '../lib/index.ts';
import type { FleetItems } from './fleet-item.ts';
import type { StoredVersion, VersionChange } from './fleet-store.ts';
import type { RegistryEntry } from './registry-entry.ts';

// What one step in the history of a fleet writes: ids of new agents, rows that begin and end, the entry.

/** Ids for agents that have none. An agent that comes back keeps the one it had. */
export function namedAgents(
  items: FleetItems,
  known: ReadonlyMap<string, AgentId>,
  atMs: number,
): VersionChange['newAgents'] {
  return [...items.values()]
    .filter(({ kind, name }) => kind === 'Agent' && !known.has(name))
    .map(({ name }) => ({ name, id: newId('agent', atMs) }));
}

export function rowsOf(
  before: FleetItems,
  items: FleetItems,
  changes: FleetApplied['changes'],
): Pick<VersionChange, 'put' | 'ended'> {
  const touched = new Set(
    changes.filter(({ change }) => change !== 'removed').map(({ kind, name }) => `${kind}/${name}`),
  );
  const put = [...items].filter(([key]) => touched.has(key)).map(([, item]) => item);
  const ended = [...before].filter(([key, item]) => items.get(key)?.hash !== item.hash).map(([, item]) => item);
  return { put, ended };
}

export function versionEntry(
  workspace: string,
  { change, version, previous, appliedBy: by }: StoredVersion,
): RegistryEntry {
  if (change === 'rolled-back' && previous !== null)
    return { event: 'fleet.rolled-back', workspace, version, previous, by };
  return { event: 'fleet.applied', workspace, version, ...(previous === null ? {} : { previous }), by };
}
