import { FormatError } from './format-error.ts';

/** RFC 8785 canonical JSON of any JSON value. Properties that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'string') return canonicalString(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') return canonicalObject(value as Record<string, unknown>);
  throw new FormatError(`JSON has no ${typeof value}`);
}

function canonicalObject(object: Record<string, unknown>): string {
  // The default order of sort() is that of UTF-16 code units, which is what RFC 8785 asks for.
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${canonicalString(key)}:${canonicalJson(object[key])}`);
  return `{${members.join(',')}}`;
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new FormatError(`JSON has no ${value}`);
  return JSON.stringify(value);
}

function canonicalString(value: string): string {
  if (!value.isWellFormed()) throw new FormatError('a string has half a surrogate pair');
  return JSON.stringify(value);
}
