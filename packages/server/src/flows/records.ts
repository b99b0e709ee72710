import { MAX_DEPTH, MAX_RECORDS } from './limits.ts';
import { readLiteral } from './literal.ts';

const FIELD_NAME = /^[a-z_][A-Za-z0-9_]*$/;

/**
 * The pieces of a result that may have different authors: items of a list, entries of a map of names. A tool that answers in plain
 * text answers in one piece.
 */
export function recordsOf(text: string): string[] {
  const first = text.trimStart();
  if (first.startsWith('{') || first.startsWith('[')) {
    const value = readLiteral(first);
    if (value !== undefined) return limited(records(value, 0));
  }
  if (first.startsWith('- ')) return limited(first.split(/\n(?=- )/).map(unescapeYaml));
  return [first.includes('\\') ? unescapeYaml(first) : first];
}

function records(value: unknown, depth: number): string[] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [flat(value, 0)];
  if (Array.isArray(value)) return value.every(isScalar) ? [flat(value, 0)] : value.map((item) => flat(item, 0));
  const entries = Object.entries(value);
  const [only] = entries.filter(([, held]) => !isScalar(held));
  if (entries.length <= 4 && only !== undefined && Array.isArray(only[1])) {
    const rest = entries.filter((entry) => entry !== only);
    return [...records(only[1], depth + 1), ...(rest.length === 0 ? [] : [flat(Object.fromEntries(rest), 0)])];
  }
  if (entries.length === 1 && only !== undefined) return records(only[1], depth + 1);
  if (entries.every(([name]) => FIELD_NAME.test(name))) return [flat(value, 0)];
  return entries.map(([name, held]) => `${name}: ${flat(held, 0)}`);
}

/** All names and values of a record, a line each. */
function flat(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return value === null || value === undefined ? '' : String(value);
  if (depth > MAX_DEPTH) return JSON.stringify(value);
  if (Array.isArray(value)) return value.map((item) => `- ${flat(item, depth + 1)}`).join('\n');
  return Object.entries(value)
    .map(([name, held]) => `${name}: ${flat(held, depth + 1)}`)
    .join('\n');
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function limited(pieces: string[]): string[] {
  if (pieces.length <= MAX_RECORDS) return pieces;
  return [...pieces.slice(0, MAX_RECORDS - 1), pieces.slice(MAX_RECORDS - 1).join('\n')];
}

/** Wrapped lines and escapes of YAML strings as the text they stand for. */
function unescapeYaml(text: string): string {
  if (!text.includes('\\') && !text.includes("''")) return text;
  return text
    .replace(/\\\n\s*\\?/g, '')
    .replace(/\\[nr]/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\(["'\\])/g, '$1')
    .replace(/''/g, "'");
}
