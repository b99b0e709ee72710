import type { FleetKind } from '@reeve/contracts';

/** What a version consists of: objects of the fleet's kinds, and policy files named by their path. */
export type ItemKind = FleetKind | 'Policy';
export type ObjectKey = `${ItemKind}/${string}`;

export function objectKey(kind: ItemKind, name: string): ObjectKey {
  return `${kind}/${name}`;
}
