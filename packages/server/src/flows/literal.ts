import { MAX_DEPTH } from './limits.ts';

/** JSON, or what Python prints for the same: many tools answer so. Undefined where it is neither. */
export function readLiteral(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.includes("'") ? readPython(text) : undefined;
  }
}

const NAMED: Readonly<Record<string, unknown>> = {
  None: null,
  null: null,
  True: true,
  true: true,
  False: false,
  false: false,
};
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

interface Reader {
  readonly text: string;
  at: number;
}

class NotLiteral extends Error {}

function readPython(text: string): unknown {
  const reader: Reader = { text, at: 0 };
  try {
    const value = readValue(reader, 0);
    skipSpace(reader);
    return reader.at === text.length ? value : undefined;
  } catch (error) {
    if (error instanceof NotLiteral) return undefined;
    throw error;
  }
}

function readValue(reader: Reader, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new NotLiteral();
  skipSpace(reader);
  const next = reader.text[reader.at];
  if (next === '{') return readMap(reader, depth);
  if (next === '[' || next === '(') return readList(reader, depth, next === '[' ? ']' : ')');
  if (next === "'" || next === '"') return readText(reader, next);
  return readBare(reader);
}

function readMap(reader: Reader, depth: number): unknown {
  const entries: [string, unknown][] = [];
  reader.at += 1;
  for (;;) {
    if (taken(reader, '}')) return Object.fromEntries(entries);
    const key = readValue(reader, depth + 1);
    if (!taken(reader, ':')) throw new NotLiteral();
    entries.push([String(key), readValue(reader, depth + 1)]);
    if (!taken(reader, ',') && !peeks(reader, '}')) throw new NotLiteral();
  }
}

function readList(reader: Reader, depth: number, end: string): unknown {
  const items: unknown[] = [];
  reader.at += 1;
  for (;;) {
    if (taken(reader, end)) return items;
    items.push(readValue(reader, depth + 1));
    if (!taken(reader, ',') && !peeks(reader, end)) throw new NotLiteral();
  }
}

function readText(reader: Reader, quote: string): string {
  const { text } = reader;
  let value = '';
  for (let index = reader.at + 1; index < text.length; index += 1) {
    const character = text[index];
    if (character === quote) {
      reader.at = index + 1;
      return value;
    }
    if (character === '\\') {
      index += 1;
      const escaped = text[index] ?? '';
      value += ESCAPES[escaped] ?? escaped;
    } else value += character;
  }
  throw new NotLiteral();
}

const BARE = /[\w.+-]+(?:\([^()]{0,200}\))?/y;

function readBare(reader: Reader): unknown {
  BARE.lastIndex = reader.at;
  const token = BARE.exec(reader.text)?.[0];
  if (token === undefined) throw new NotLiteral();
  reader.at += token.length;
  if (Object.hasOwn(NAMED, token)) return NAMED[token];
  const number = Number(token);
  return Number.isNaN(number) ? token : number;
}

function skipSpace(reader: Reader): void {
  while (/\s/.test(reader.text[reader.at] ?? 'x')) reader.at += 1;
}

function peeks(reader: Reader, character: string): boolean {
  skipSpace(reader);
  return reader.text[reader.at] === character;
}

function taken(reader: Reader, character: string): boolean {
  if (!peeks(reader, character)) return false;
  reader.at += 1;
  return true;
}
