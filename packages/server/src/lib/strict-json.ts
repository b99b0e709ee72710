import { isUtf8 } from 'node:buffer';
import { type JsonFault, type JsonLimits, JsonScan } from './json-scan.ts';
import { ReeveError } from './reeve-error.ts';

export type { JsonLimits } from './json-scan.ts';

const DEFAULT_LIMITS: JsonLimits = { maxDepth: 64, maxItems: 1_000_000, maxStringBytes: 32 * 1024 * 1024 };
const QUOTED_KEY_LENGTH = 80;
const PROTO = '__proto__';
const NEWLINE = 10;

/**
 * Parses outside JSON. Refuses what two parsers could read differently: duplicate keys, numbers that a double does not hold, half
 * characters, a byte order mark. Throws ReeveError `invalid_request` that names line and column.
 */
export function parseStrictJson(bytes: Uint8Array, limits: Partial<JsonLimits> = {}): unknown {
  if (!isUtf8(bytes)) throw refusal(bytes, { offset: firstInvalid(bytes), message: 'it is not valid UTF-8' });
  const all = { ...DEFAULT_LIMITS, ...limits };
  const scan = new JsonScan(bytes, all);
  const fault = scan.run();
  if (fault !== undefined) throw refusal(bytes, fault);
  const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  // JSON.parse keeps one of equal keys, so keys are missing exactly where there were duplicates.
  if (scan.keys > 0 && countKeys(value) !== scan.keys) throw refusal(bytes, findKeyFault(bytes, all));
  return value;
}

/** Keys in all objects; NaN where one is `__proto__`, which equals nothing. Its depth is bounded by the scan. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countKeys(item);
    return count;
  }
  const record = value as Record<string, unknown>;
  for (const key of Object.keys(record)) {
    if (key === PROTO) return Number.NaN;
    count += 1;
    const item = record[key];
    if (typeof item === 'object') count += countKeys(item);
  }
  return count;
}

/** The slow second look, only for bytes that are refused anyway. */
function findKeyFault(bytes: Uint8Array, limits: JsonLimits): JsonFault {
  let fault: JsonFault | undefined;
  const seen: Set<string>[] = [];
  const onKey = (start: number, end: number, depth: number) => {
    const key = String(JSON.parse(Buffer.from(bytes.subarray(start, end)).toString('utf8')));
    if (isFirstKey(bytes, start)) seen[depth] = new Set();
    const names = seen[depth] ?? new Set<string>();
    if (key === PROTO) fault ??= { offset: start, message: `the key ${PROTO} is not accepted` };
    if (names.has(key)) fault ??= { offset: start, message: `the key ${quote(key)} is there twice` };
    names.add(key);
    seen[depth] = names;
  };
  new JsonScan(bytes, limits, onKey).run();
  return fault ?? { offset: 0, message: 'a key is there twice' };
}

/** Whether what comes before a key is the opening of its object. */
function isFirstKey(bytes: Uint8Array, keyStart: number): boolean {
  let at = keyStart - 1;
  while (at >= 0 && (bytes[at] ?? 0) <= 32) at -= 1;
  return bytes[at] === 123;
}

function quote(key: string): string {
  return JSON.stringify(key.length <= QUOTED_KEY_LENGTH ? key : `${key.slice(0, QUOTED_KEY_LENGTH)}…`);
}

function firstInvalid(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 4) {
    const middle = (valid + invalid) >> 1;
    if (isUtf8(bytes.subarray(0, middle)) || isCutCharacter(bytes, middle)) valid = middle;
    else invalid = middle;
  }
  return valid;
}

/** Whether the first bytes are valid but for a last character that the cut went through. */
function isCutCharacter(bytes: Uint8Array, end: number): boolean {
  for (let cut = 1; cut <= 3 && cut <= end; cut++) if (isUtf8(bytes.subarray(0, end - cut))) return true;
  return false;
}

function refusal(bytes: Uint8Array, { offset, message }: JsonFault): ReeveError {
  let line = 1;
  let lineStart = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0 && at < offset; at = bytes.indexOf(NEWLINE, at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return new ReeveError(
    'invalid_request',
    `the body is not acceptable JSON: ${message} (line ${line}, column ${offset - lineStart + 1})`,
  );
}
