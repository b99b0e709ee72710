/** Where a value stands in a JSON text: member names and array indexes from the root. */
export type JsonPath = readonly (string | number)[];

export type JsonEdit =
  /** Puts JSON text in the place of the value at `path`. An edit whose path leads nowhere changes nothing. */
  | { readonly kind: 'replace'; readonly path: JsonPath; readonly json: string }
  /** Adds a member to the object at `path`, which must not have one of that name. */
  | { readonly kind: 'insert'; readonly path: JsonPath; readonly name: string; readonly json: string };

type Which = 'only' | 'last';

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * Changes single values in JSON text and leaves every other byte as the caller wrote it: numbers, unknown fields, order, spaces.
 * The text must be valid JSON. Where a name may be there twice, `last` means the one that parsers keep; the strict parser grants that
 * no name is.
 */
export function editJson(bytes: Buffer, edits: readonly JsonEdit[], which: Which = 'only'): Buffer {
  const splices: Splice[] = [];
  for (const edit of edits) {
    const splice = spliceOf(bytes, edit, which);
    if (splice !== undefined) splices.push(splice);
  }
  if (splices.length === 0) return bytes;
  splices.sort((a, b) => a.start - b.start || a.end - b.end);
  const out: Buffer[] = [];
  let at = 0;
  for (const splice of splices) {
    out.push(bytes.subarray(at, splice.start), Buffer.from(splice.text));
    at = splice.end;
  }
  out.push(bytes.subarray(at));
  return Buffer.concat(out);
}

function spliceOf(bytes: Buffer, edit: JsonEdit, which: Which): Splice | undefined {
  const start = locate(bytes, edit.path, which);
  if (start === -1) return undefined;
  if (edit.kind === 'replace') return { start, end: skipValue(bytes, start), text: edit.json };
  const empty = bytes[skipSpace(bytes, start + 1)] === CLOSE_OBJECT;
  return { start: start + 1, end: start + 1, text: `${JSON.stringify(edit.name)}:${edit.json}${empty ? '' : ','}` };
}

/** Where the value at the path starts, or -1. */
function locate(bytes: Buffer, path: JsonPath, which: Which): number {
  let at = skipSpace(bytes, 0);
  for (const step of path) {
    at = typeof step === 'number' ? findElement(bytes, at, step) : findMember(bytes, at, step, which);
    if (at === -1) return -1;
  }
  return at;
}

function findMember(bytes: Buffer, start: number, name: string, which: Which): number {
  if (bytes[start] !== OPEN_OBJECT) return -1;
  let found = -1;
  let at = skipSpace(bytes, start + 1);
  while (at < bytes.length && bytes[at] === QUOTE) {
    const nameEnd = skipString(bytes, at);
    const valueStart = skipSpace(bytes, skipSpace(bytes, nameEnd) + 1);
    if (isName(bytes, at, nameEnd, name)) {
      if (which === 'only') return valueStart;
      found = valueStart;
    }
    at = skipSpace(bytes, skipValue(bytes, valueStart));
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
  }
  return found;
}

function findElement(bytes: Buffer, start: number, index: number): number {
  if (bytes[start] !== OPEN_ARRAY) return -1;
  let at = skipSpace(bytes, start + 1);
  for (let i = 0; at < bytes.length && bytes[at] !== CLOSE_ARRAY; i++) {
    if (i === index) return at;
    at = skipSpace(bytes, skipValue(bytes, at));
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
  }
  return -1;
}

function isName(bytes: Buffer, start: number, end: number, name: string): boolean {
  const raw = bytes.toString('utf8', start, end);
  return raw.includes('\\') ? JSON.parse(raw) === name : raw.length === name.length + 2 && raw.startsWith(name, 1);
}

function skipSpace(bytes: Buffer, at: number): number {
  let i = at;
  for (let byte = bytes[i]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[i]) i++;
  return i;
}

/** The place after the closing quote. */
function skipString(bytes: Buffer, start: number): number {
  let quote = bytes.indexOf(QUOTE, start + 1);
  while (quote !== -1) {
    let slashes = 0;
    while (bytes[quote - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    quote = bytes.indexOf(QUOTE, quote + 1);
  }
  return bytes.length;
}

function skipValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return skipString(bytes, start);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return skipNested(bytes, start);
  let at = start;
  while (at < bytes.length && !endsScalar(bytes[at])) at++;
  return at;
}

function skipNested(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return at + 1;
    at++;
  }
  return at;
}

function endsScalar(byte: number | undefined): boolean {
  return (
    byte === COMMA ||
    byte === CLOSE_OBJECT ||
    byte === CLOSE_ARRAY ||
    byte === 0x20 ||
    byte === 0x0a ||
    byte === 0x0d ||
    byte === 0x09
  );
}
