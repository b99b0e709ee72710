import { createHash } from 'node:crypto';
import { canonicalJson } from '@reeve/ledger';

/** Longer arguments are compared by nothing: they cost more to hash than they tell. */
const MAX_ARGS_CHARS = 128 * 1024;

export interface Called {
  /** As the caller wrote it. */
  readonly name: string;
  /** Of an endpoint that serves one server alone. */
  readonly server?: string | undefined;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Equal for equal arguments, whatever the order of their members; undefined where they cannot be compared. */
export function argsKey(secret: string, args: Readonly<Record<string, unknown>>): string | undefined {
  try {
    if (JSON.stringify(args).length > MAX_ARGS_CHARS) return undefined;
    return createHash('sha256').update(secret).update(canonicalJson(args)).digest('base64url');
  } catch {
    return undefined;
  }
}

/** Shorter arguments are equal by chance: `{}`, `{"page":1}`. */
const LEAST_TELLING_CHARS = 24;

/** Whether equal arguments say something of a call whatever its name. */
export function isTelling(args: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(args).length >= LEAST_TELLING_CHARS;
}

/** Every way in which a model may have been told of a called tool: bare, with its server, with its client's prefix. */
export function namesOf({ name, server }: Called): readonly string[] {
  const full = plainName(server === undefined ? name : `${server}.${name}`);
  const dot = name.indexOf('.');
  const bare = server === undefined && dot > 0 ? plainName(name.slice(dot + 1)) : plainName(name);
  return bare === full ? [full, `mcp_${full}`] : [bare, full, `mcp_${full}`];
}

/** Clients write what a model API does not take as underscores, one or several. */
export function plainName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9-]+|_+/g, '_');
}
