import type { Scalar } from './clauses.ts';

export type ValueKind = 'text' | 'number' | 'truth' | 'list' | 'object' | 'null';

/** What a value can be, as far as that is known before it is there. */
export interface Domain {
  /** Undefined: anything. */
  readonly kinds?: ReadonlySet<ValueKind>;
  /** One of these. */
  readonly oneOf?: readonly Scalar[];
  /** A text that begins so, but is none of `except`. */
  readonly startsWith?: string;
  readonly except?: ReadonlySet<string>;
  readonly min?: Bound;
  readonly max?: Bound;
  /** Why, for a message: `by the schema of erp.create_purchase_order`. */
  readonly because?: string;
}

export interface Bound {
  readonly value: number;
  /** Whether the value itself is outside. */
  readonly open: boolean;
}

export const ANYTHING: Domain = {};
export const TEXT: Domain = { kinds: new Set(['text']) };
export const NUMBER: Domain = { kinds: new Set(['number']) };
export const TRUTH: Domain = { kinds: new Set(['truth']) };
export const LIST: Domain = { kinds: new Set(['list']) };

const WORDS: Readonly<Record<ValueKind, string>> = {
  text: 'a text',
  number: 'a number',
  truth: 'true or false',
  list: 'a list',
  object: 'an object',
  null: 'null',
};

export function oneOf(values: readonly string[], because?: string): Domain {
  return { kinds: new Set(['text']), oneOf: values, ...(because === undefined ? {} : { because }) };
}

export function atLeast(value: number, max?: number): Domain {
  return {
    kinds: new Set(['number']),
    min: { value, open: false },
    ...(max === undefined ? {} : { max: { value: max, open: false } }),
  };
}

export function kindOf(value: Scalar): ValueKind {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? 'number' : 'truth';
}

export function kindsInWords(kinds: ReadonlySet<ValueKind>): string {
  return [...kinds].map((kind) => WORDS[kind]).join(' or ');
}

/** Whether this very value lies inside. */
export function admits(domain: Domain, value: Scalar): boolean {
  if (domain.kinds !== undefined && !domain.kinds.has(kindOf(value))) return false;
  if (domain.oneOf !== undefined && !domain.oneOf.includes(value)) return false;
  if (typeof value === 'string')
    return (domain.startsWith === undefined || value.startsWith(domain.startsWith)) && !domain.except?.has(value);
  if (typeof value !== 'number') return true;
  const { min, max } = domain;
  if (min !== undefined && (value < min.value || (min.open && value === min.value))) return false;
  return max === undefined || value < max.value || (!max.open && value === max.value);
}

/** Whether nothing at all lies inside. */
export function isEmpty(domain: Domain): boolean {
  if (domain.kinds?.size === 0 || domain.oneOf?.length === 0) return true;
  const { min, max } = domain;
  if (min === undefined || max === undefined) return false;
  return min.value > max.value || (min.value === max.value && (min.open || max.open));
}
