import { FLEET_KINDS, type FleetKind, type FleetObject } from '@reeve/contracts';
import { canonicalJson } from '@reeve/ledger';
import { contentHash } from './content-hash.ts';
import { type ItemKind, type ObjectKey, objectKey } from './object-key.ts';

/** One object or policy file of a version: what was written, and its meaning with all defaults. */
export interface FleetItem {
  readonly kind: ItemKind;
  readonly name: string;
  readonly hash: string;
  /** Canonical JSON of an object as written, without defaults; the text of a policy. */
  readonly body: string;
  /** Absent for a policy. */
  readonly value?: FleetObject;
}

export type FleetItems = ReadonlyMap<ObjectKey, FleetItem>;

export function policyItem(path: string, text: string): FleetItem {
  return { kind: 'Policy', name: path, hash: contentHash(text), body: text };
}

/** An object that was validated before; throws where it no longer fits the schema. */
export function storedItem(kind: ItemKind, name: string, hash: string, body: string): FleetItem {
  if (kind === 'Policy') return { kind, name, hash, body };
  return { kind, name, hash, body, value: FLEET_KINDS[kind].parse(JSON.parse(body)) };
}

/** Where the same was in force before, that very object is kept, with all that was compiled from it. */
export function objectItem(kind: FleetKind, written: { name: string }, known: FleetItems): FleetItem | undefined {
  const body = canonicalJson(written);
  const hash = contentHash(body);
  const before = known.get(objectKey(kind, written.name));
  if (before?.hash === hash && before.value !== undefined) return before;
  const parsed = FLEET_KINDS[kind].safeParse(written);
  return parsed.success ? { kind, name: written.name, hash, body, value: parsed.data } : undefined;
}
