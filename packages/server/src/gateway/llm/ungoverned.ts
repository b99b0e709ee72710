import { isObject, type JsonObject } from './json-object.ts';

/** A feature of a provider API that would act, remember or cost out of Reeve's sight. Refused until it is governed. */
export interface UngovernedRule {
  /** Names the field that asks for it, or undefined. */
  readonly found: (body: JsonObject) => string | undefined;
  /** Completes "`field` ...". */
  readonly why: string;
}

export function findUngoverned(rules: readonly UngovernedRule[], body: JsonObject): string | undefined {
  for (const rule of rules) {
    const field = rule.found(body);
    if (field !== undefined) return `${field} ${rule.why}; leave it out, or call a governed tool instead`;
  }
  return undefined;
}

/** Looks through a conversation. Depth is bounded by the strict parser. */
export function findDeep(value: unknown, matches: (object: JsonObject) => boolean, name: string): string | undefined {
  if (Array.isArray(value)) {
    for (const element of value) if (findDeep(element, matches, name) !== undefined) return name;
    return undefined;
  }
  if (!isObject(value)) return undefined;
  if (matches(value)) return name;
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && findDeep(inner, matches, name) !== undefined) return name;
  }
  return undefined;
}
