import { FLEET_KINDS, type FleetSource } from '@reeve/contracts';
import { stringify } from 'yaml';
import { byKindAndName } from './fleet-build.ts';
import type { FleetItem } from './fleet-item.ts';

const FOLDERS = {
  Agent: 'agents',
  ToolServer: 'tool-servers',
  Model: 'models',
  Secret: 'secrets',
  Budget: 'budgets',
  Guardrails: 'guardrails',
  RiskRules: 'risk-rules',
  Approvals: 'approvals',
} as const;

/** The files of a version, one per object: applying them gives the same version. */
export function exportItems(items: Iterable<FleetItem>): FleetSource {
  return { files: [...items].sort(byKindAndName).map(toFile) };
}

function toFile({ kind, name, body }: FleetItem): FleetSource['files'][number] {
  if (kind === 'Policy') return { path: name, text: body };
  const path = kind === 'Workspace' ? 'workspace.yaml' : `${FOLDERS[kind]}/${name}.yaml`;
  const object = JSON.parse(body) as Record<string, unknown>;
  // Keys in the order in which the reference lists them.
  const keys = Object.keys(FLEET_KINDS[kind].shape).filter((key) => Object.hasOwn(object, key));
  const ordered = Object.fromEntries(keys.map((key) => [key, object[key]]));
  return { path, text: stringify(ordered, { lineWidth: 0, aliasDuplicateObjects: false }) };
}
