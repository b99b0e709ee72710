import { type Workspace, workspaceSchema } from '@reeve/contracts';
import { canonicalJson } from '@reeve/ledger';
import { contentHash } from './content-hash.ts';
import type { Fleet } from './fleet.ts';
import type { FleetItem, FleetItems } from './fleet-item.ts';

const FORMAT = 'reeve-fleet-1';
export const DEFAULT_WORKSPACE = 'default';

export function buildFleet(workspace: string, items: FleetItems): Fleet {
  const sorted = [...items.values()].sort(byKindAndName);
  const settings = values(sorted, 'Workspace').values().next().value ?? defaultSettings(workspace);
  return Object.freeze({
    workspace,
    version: versionOf(workspace, sorted),
    settings,
    agents: values(sorted, 'Agent'),
    toolServers: values(sorted, 'ToolServer'),
    models: values(sorted, 'Model'),
    secrets: values(sorted, 'Secret'),
    budgets: values(sorted, 'Budget'),
    guardrails: values(sorted, 'Guardrails'),
    riskRules: values(sorted, 'RiskRules'),
    approvals: values(sorted, 'Approvals'),
    policies: sorted.filter(({ kind }) => kind === 'Policy').map(({ name, body }) => ({ path: name, text: body })),
  });
}

function values<K extends NonNullable<FleetItem['value']>['kind']>(items: readonly FleetItem[], kind: K) {
  const map = new Map<string, Extract<FleetItem['value'], { kind: K }>>();
  for (const { name, value } of items)
    if (value?.kind === kind) map.set(name, value as Extract<FleetItem['value'], { kind: K }>);
  return map;
}

/** Hash over the hashes of everything in it, so it depends neither on files nor on their order. */
function versionOf(workspace: string, sorted: readonly FleetItem[]): string {
  return contentHash(canonicalJson([FORMAT, workspace, sorted.map(({ kind, name, hash }) => [kind, name, hash])]));
}

function defaultSettings(workspace: string): Workspace {
  return workspaceSchema.parse({ kind: 'Workspace', name: workspace });
}

export function byKindAndName(a: { kind: string; name: string }, b: { kind: string; name: string }): number {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
