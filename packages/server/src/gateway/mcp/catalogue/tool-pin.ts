import { createHash } from 'node:crypto';
import { canonicalJson } from '../wire/canonical-json.ts';
import type { JsonObject } from '../wire/json-rpc.ts';

/** `approved` may be called; `waiting` was never approved; `drifted` is another than the approved one. */
export type PinState = 'approved' | 'waiting' | 'drifted';

/** What was approved of a tool, and what its server says now. */
export interface ToolPin {
  readonly workspace: string;
  readonly server: string;
  readonly tool: string;
  readonly pinned: PinnedDefinition | undefined;
  readonly seen: { readonly hash: string; readonly definition: string; readonly atMs: number };
}

export interface PinnedDefinition {
  readonly hash: string;
  readonly definition: string;
  readonly atMs: number;
  /** A person, or `first-use`. */
  readonly by: string;
}

export function pinState(pin: ToolPin): PinState {
  if (pin.pinned === undefined) return 'waiting';
  return pin.pinned.hash === pin.seen.hash ? 'approved' : 'drifted';
}

/** Everything a server says of a tool counts: a changed description can steer a model as well as a changed schema. */
export function definitionHash(definition: JsonObject): string {
  return `sha256:${createHash('sha256').update(canonicalJson(definition)).digest('hex')}`;
}
