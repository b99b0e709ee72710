import type { Atom, Scalar } from './clauses.ts';
import { admits, type Bound, type Domain, isEmpty, kindOf, kindsInWords, type ValueKind } from './domain.ts';

/** Nothing is left: `kind` where a value of another kind was asked for, which no other condition is to blame for. */
export type Narrowed = Domain | { readonly conflict: 'kind' | 'values'; readonly words: string };

type Narrowing = Extract<Atom, { kind: 'compare' | 'among' | 'starts' | 'text' | 'truth' }>;

/** What is left of the values once this holds too. */
export function narrow(domain: Domain, atom: Narrowing): Narrowed {
  const wanted = wantedKinds(atom);
  if (domain.kinds !== undefined && !wanted.some((kind) => domain.kinds?.has(kind)))
    return {
      conflict: 'kind',
      words: `is ${kindsInWords(domain.kinds)}${said(domain)}, used as ${kindsInWords(new Set(wanted))}`,
    };
  const left = restrict(domain, atom);
  if (!isEmpty(left)) return left;
  return { conflict: 'values', words: `${valuesInWords(domain)}${said(domain)}` };
}

function said({ because }: Domain): string {
  return because === undefined ? '' : ` ${because}`;
}

function wantedKinds(atom: Narrowing): readonly ValueKind[] {
  if (atom.kind === 'compare') return [kindOf(atom.value)];
  if (atom.kind === 'among') return [...new Set(atom.values.map(kindOf))];
  return atom.kind === 'truth' ? ['truth'] : ['text'];
}

function restrict(domain: Domain, atom: Narrowing): Domain {
  switch (atom.kind) {
    case 'compare':
      return compared(domain, atom);
    case 'among':
      return atom.negated ? without(domain, atom.values) : exactly(domain, atom.values);
    case 'starts':
      return atom.negated ? notBeginning(domain, atom.prefix) : beginning(domain, atom.prefix);
    case 'truth':
      return exactly(domain, [!atom.negated]);
    case 'text':
      return { ...domain, kinds: new Set<ValueKind>(['text']) };
  }
}

function compared(domain: Domain, { op, value }: Extract<Atom, { kind: 'compare' }>): Domain {
  if (op === '==') return exactly(domain, [value]);
  if (op === '!=') return without(domain, [value]);
  if (typeof value !== 'number') return { ...domain, kinds: new Set([kindOf(value)]) };
  const bound = { value, open: op === '<' || op === '>' };
  const upper = op === '<' || op === '<=';
  const within: Domain = {
    ...domain,
    kinds: new Set<ValueKind>(['number']),
    ...(upper ? { max: lower(domain.max, bound) } : { min: higher(domain.min, bound) }),
  };
  const { oneOf, ...rest } = within;
  return oneOf === undefined ? within : { ...rest, oneOf: oneOf.filter((one) => admits(rest, one)) };
}

function exactly(domain: Domain, values: readonly Scalar[]): Domain {
  return { ...domain, oneOf: values.filter((value) => admits(domain, value)) };
}

function without(domain: Domain, values: readonly Scalar[]): Domain {
  const except = new Set([...(domain.except ?? []), ...values.filter((value) => typeof value === 'string')]);
  if (domain.oneOf === undefined) return { ...domain, except };
  return { ...domain, except, oneOf: domain.oneOf.filter((one) => !values.includes(one)) };
}

function beginning(domain: Domain, prefix: string): Domain {
  const { startsWith = '', oneOf } = domain;
  if (oneOf !== undefined)
    return { ...domain, oneOf: oneOf.filter((one) => typeof one === 'string' && one.startsWith(prefix)) };
  if (startsWith.startsWith(prefix)) return domain;
  return prefix.startsWith(startsWith) ? { ...domain, startsWith: prefix } : { ...domain, oneOf: [] };
}

function notBeginning(domain: Domain, prefix: string): Domain {
  const { startsWith, oneOf } = domain;
  if (oneOf !== undefined)
    return { ...domain, oneOf: oneOf.filter((one) => typeof one === 'string' && !one.startsWith(prefix)) };
  return startsWith?.startsWith(prefix) === true ? { ...domain, oneOf: [] } : domain;
}

function lower(a: Bound | undefined, b: Bound): Bound {
  if (a === undefined || b.value < a.value) return b;
  return b.value === a.value ? { value: a.value, open: a.open || b.open } : a;
}

function higher(a: Bound | undefined, b: Bound): Bound {
  if (a === undefined || b.value > a.value) return b;
  return b.value === a.value ? { value: a.value, open: a.open || b.open } : a;
}

const MAX_VALUES_SHOWN = 8;

function valuesInWords({ oneOf, startsWith, min, max }: Domain): string {
  if (oneOf !== undefined) {
    const shown = oneOf.slice(0, MAX_VALUES_SHOWN).map((value) => JSON.stringify(value));
    if (shown.length === 0) return 'has no possible value';
    const more = oneOf.length > shown.length ? ', ...' : '';
    return oneOf.length === 1 ? `is ${shown[0]}` : `is one of ${shown.join(', ')}${more}`;
  }
  if (startsWith !== undefined) return `begins with "${startsWith}"`;
  const bounds = [
    ...(min === undefined ? [] : [`${min.open ? 'more than' : 'at least'} ${min.value}`]),
    ...(max === undefined ? [] : [`${max.open ? 'less than' : 'at most'} ${max.value}`]),
  ];
  return `is ${bounds.join(' and ')}`;
}
