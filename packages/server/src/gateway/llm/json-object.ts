/** A JSON object nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** No call has so many tokens. What claims more still adds up to a whole number. */
const MAX_COUNT = 1_000_000_000;

/** A count, zero where it is absent or no count. */
export function asCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.min(Math.ceil(value), MAX_COUNT) : 0;
}

/** Whether at least one of these members is there, and each that is there is a count. Else nothing is known, which is not zero. */
export function hasCounts(object: JsonObject, names: readonly string[]): boolean {
  const values = names.map((name) => object[name]).filter((value) => value !== undefined && value !== null);
  return values.length > 0 && values.every((value) => typeof value === 'number' && value >= 0);
}

/** Parses what an upstream sent: tolerant, undefined where it is no object. */
export function parseUpstreamObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}
