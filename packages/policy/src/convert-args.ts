import type { ArgumentReads, CedarType } from './reads.ts';
import { agreedType } from './schema.ts';

/** Why a value has no faithful form in a policy. The request is then denied: a policy never decides on a rounded value. */
export class InexpressibleValue extends Error {
  constructor(path: string, problem: string) {
    super(`${path} ${problem}`);
    this.name = 'InexpressibleValue';
  }
}

/** A value in the engine's JSON. */
export type CedarJson = boolean | number | string | CedarJson[] | { [key: string]: CedarJson };

const MAX_VALUE_DEPTH = 32;
const MAX_VALUE_NODES = 10_000;
const MAX_STRING_CHARACTERS = 1_000_000;

/** Keys by which the engine's JSON tells entities and extension values: an argument must not pass for one. */
const ESCAPES = new Set(['__entity', '__extn', '__expr']);
const MAX_DECIMAL = 922_337_203_685_477;
const FRACTION_DIGITS = 4;

/** The part of args that policies read, with absent and null values left out. */
export function convertArgs(
  args: Readonly<Record<string, unknown>>,
  reads: ArgumentReads,
  path = 'args',
): { [key: string]: CedarJson } {
  if (reads.whole) return convertRecord(args, { path, depth: 0, budget: { nodes: MAX_VALUE_NODES } }, reads);
  const converted: { [key: string]: CedarJson } = {};
  for (const [name, field] of reads.fields) {
    if (!Object.hasOwn(args, name)) continue;
    const value = convertField(args[name], field, `${path}.${name}`);
    if (value !== undefined) define(converted, name, value);
  }
  return converted;
}

/** A decimal with exactly the digits of the number, or a refusal. */
export function toDecimal(value: number, path: string): CedarJson {
  const text = decimalText(value);
  if (text === undefined) {
    throw new InexpressibleValue(path, `must be below ${MAX_DECIMAL} with at most ${FRACTION_DIGITS} decimal digits`);
  }
  return { __extn: { fn: 'decimal', arg: text } };
}

function convertField(value: unknown, reads: ArgumentReads, path: string): CedarJson | undefined {
  if (value === null || value === undefined) return undefined;
  if (!reads.whole && isRecord(value)) return refuseEscapes(value, path) ?? convertArgs(value, reads, path);
  return convertValue(value, { path, depth: 0, budget: { nodes: MAX_VALUE_NODES } }, agreedType(reads), reads);
}

interface At {
  readonly path: string;
  readonly depth: number;
  readonly budget: { nodes: number };
}

function convertValue(value: unknown, at: At, wanted?: CedarType, reads?: ArgumentReads): CedarJson {
  if (--at.budget.nodes < 0) throw new InexpressibleValue(at.path, `has more than ${MAX_VALUE_NODES} parts`);
  if (at.depth > MAX_VALUE_DEPTH) throw new InexpressibleValue(at.path, `is nested deeper than ${MAX_VALUE_DEPTH}`);
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return convertNumber(value, at.path, wanted);
    case 'string':
      return convertString(value, at.path, wanted);
  }
  if (Array.isArray(value)) {
    const element = /^Set<(.+)>$/.exec(wanted ?? '')?.[1] as CedarType | undefined;
    const inner = { ...at, depth: at.depth + 1 };
    return value.filter((item) => item !== null).map((item) => convertValue(item, inner, element));
  }
  if (isRecord(value)) return convertRecord(value, at, reads);
  throw new InexpressibleValue(at.path, `is a ${typeof value}, which JSON does not have`);
}

function convertRecord(
  record: Readonly<Record<string, unknown>>,
  at: At,
  reads?: ArgumentReads,
): { [key: string]: CedarJson } {
  refuseEscapes(record, at.path);
  const converted: { [key: string]: CedarJson } = {};
  for (const name of Object.keys(record)) {
    const value = record[name];
    if (value === null || value === undefined) continue;
    const field = reads?.fields.get(name);
    const inner = { path: `${at.path}.${name}`, depth: at.depth + 1, budget: at.budget };
    define(converted, name, convertValue(value, inner, field && agreedType(field), field));
  }
  return converted;
}

function convertNumber(value: number, path: string, wanted: CedarType | undefined): CedarJson {
  if (wanted === 'decimal' || !Number.isInteger(value)) return toDecimal(value, path);
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? 0 : value;
  throw new InexpressibleValue(path, 'must be an integer between -9007199254740991 and 9007199254740991');
}

function convertString(value: string, path: string, wanted: CedarType | undefined): CedarJson {
  if (value.length > MAX_STRING_CHARACTERS) {
    throw new InexpressibleValue(path, `has more than ${MAX_STRING_CHARACTERS} characters`);
  }
  // The engine sees UTF-8, in which every lone surrogate would become the same replacement character.
  if (!value.isWellFormed()) throw new InexpressibleValue(path, 'must be well-formed Unicode');
  if (wanted === 'ipaddr') return { __extn: { fn: 'ip', arg: value } };
  if (wanted === 'datetime') return { __extn: { fn: 'datetime', arg: value } };
  return wanted === 'duration' ? { __extn: { fn: 'duration', arg: value } } : value;
}

function decimalText(value: number): string | undefined {
  if (!Number.isFinite(value) || Math.abs(value) > MAX_DECIMAL) return undefined;
  const text = String(value);
  if (text.includes('e')) return undefined;
  const [, fraction] = text.split('.');
  if (fraction === undefined) return `${text}.0`;
  return fraction.length > FRACTION_DIGITS ? undefined : text;
}

function refuseEscapes(record: Readonly<Record<string, unknown>>, path: string): undefined {
  for (const name of Object.keys(record)) {
    if (ESCAPES.has(name)) throw new InexpressibleValue(path, `must not have a member named ${name}`);
  }
}

/** Also right for a member named `__proto__`. */
function define(target: { [key: string]: CedarJson }, name: string, value: CedarJson): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true });
  else target[name] = value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
