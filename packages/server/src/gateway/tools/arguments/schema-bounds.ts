const MAX_SCHEMA_BYTES = 256 * 1024;
const MAX_DEPTH = 32;
const MAX_NODES = 10_000;
const MAX_PATTERN_LENGTH = 1_000;

/** Keywords whose cost on hostile input is not bounded by the size of schema and arguments. */
const COSTLY = new Set([
  '$ref',
  '$dynamicRef',
  '$recursiveRef',
  'pattern',
  'patternProperties',
  'uniqueItems',
  'format',
]);
/** Formats that are checked without backtracking. */
const PLAIN_FORMATS = new Set(['int32', 'int64', 'float', 'double', 'byte', 'binary', 'password', 'uuid', 'date']);

export type SchemaVerdict =
  /** `plain`: validating is linear in schema and arguments. Otherwise it runs where it can be ended. */
  { readonly ok: true; readonly plain: boolean } | { readonly ok: false; readonly reason: string };

/** Whether a foreign schema may be compiled at all, and where. */
export function judgeSchema(schema: unknown): SchemaVerdict {
  if (!isObject(schema)) return { ok: false, reason: 'it is not an object' };
  if (JSON.stringify(schema).length > MAX_SCHEMA_BYTES)
    return { ok: false, reason: `it is larger than ${MAX_SCHEMA_BYTES} bytes` };
  const walk: Walk = { nodes: 0, plain: true, reason: undefined };
  visit(schema, 0, walk);
  return walk.reason === undefined ? { ok: true, plain: walk.plain } : { ok: false, reason: walk.reason };
}

interface Walk {
  nodes: number;
  plain: boolean;
  reason: string | undefined;
}

// Walks data under `properties` or `const` as if it were schema: that errs on the careful side.
function visit(value: unknown, depth: number, walk: Walk): void {
  if (walk.reason !== undefined || typeof value !== 'object' || value === null) return;
  walk.nodes += 1;
  if (depth > MAX_DEPTH) walk.reason = `it is nested deeper than ${MAX_DEPTH} levels`;
  else if (walk.nodes > MAX_NODES) walk.reason = `it has more than ${MAX_NODES} parts`;
  if (walk.reason !== undefined) return;
  for (const [key, item] of Object.entries(value)) {
    inspect(key, item, walk);
    visit(item, depth + 1, walk);
  }
}

function inspect(key: string, item: unknown, walk: Walk): void {
  if (!COSTLY.has(key)) return;
  if (key === 'format') {
    if (typeof item !== 'string' || !PLAIN_FORMATS.has(item)) walk.plain = false;
    return;
  }
  walk.plain = false;
  if (key.endsWith('ef') && typeof item === 'string' && !item.startsWith('#'))
    walk.reason = 'it refers to another document, and documents are never fetched';
  if (key === 'pattern' && typeof item === 'string' && item.length > MAX_PATTERN_LENGTH)
    walk.reason = `it has a pattern longer than ${MAX_PATTERN_LENGTH} characters`;
  if (
    key === 'patternProperties' &&
    isObject(item) &&
    Object.keys(item).some((name) => name.length > MAX_PATTERN_LENGTH)
  )
    walk.reason = `it has a pattern longer than ${MAX_PATTERN_LENGTH} characters`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
