import { type Expression, partsOf } from './expression.ts';

export type CedarType = 'Long' | 'String' | 'Bool' | 'decimal' | 'ipaddr' | 'datetime' | 'duration' | `Set<${string}>`;

/** What a policy reads of one argument, and of what is inside it. */
export interface ArgumentReads {
  /** Types its uses ask for; empty where the use does not tell. */
  readonly types: Set<CedarType>;
  /** Whether the policy asks if it is there. */
  tested: boolean;
  /** Whether the policy takes it as a value, not only parts of it. */
  whole: boolean;
  readonly fields: Map<string, ArgumentReads>;
}

/** What a policy's conditions read of the context. */
export interface Reads {
  /** Top-level attributes. */
  readonly attributes: Set<string>;
  /** Those that it asks for with `has`. */
  readonly tested: Set<string>;
  readonly args: ArgumentReads;
  /** Whether a condition takes the context as one value. */
  whole: boolean;
}

export function readsOf(conditions: readonly Expression[]): Reads {
  const reads: Reads = { attributes: new Set(), tested: new Set(), args: newArgumentReads(), whole: false };
  for (const condition of conditions) visit(condition, 'Bool', reads);
  return reads;
}

export function newArgumentReads(): ArgumentReads {
  return { types: new Set(), tested: false, whole: false, fields: new Map() };
}

function visit(expression: Expression, expected: CedarType | undefined, reads: Reads): void {
  if (expression.op === 'var' && expression.name === 'context') reads.whole = true;
  const path = expression.op === 'get' || expression.op === 'has' ? contextPath(expression) : undefined;
  if (path !== undefined) {
    note(path, expression.op === 'has' ? path.length - expression.attributes.length : undefined, expected, reads);
    return;
  }
  const wanted = partTypes(expression, expected);
  partsOf(expression).forEach((part, index) => {
    visit(part, wanted[index] ?? wanted.at(-1), reads);
  });
}

/** `['args', 'to']` of `context.args.to`; undefined where the root is something else. */
function contextPath(expression: Expression): string[] | undefined {
  if (expression.op === 'var') return expression.name === 'context' ? [] : undefined;
  if (expression.op !== 'get' && expression.op !== 'has') return undefined;
  const parents = contextPath(expression.of);
  const own = expression.op === 'get' ? [expression.attribute] : expression.attributes;
  return parents === undefined ? undefined : [...parents, ...own];
}

/** `testedFrom`: where in the path the names begin that a `has` asks for; undefined where the value itself is taken. */
function note(
  path: readonly string[],
  testedFrom: number | undefined,
  expected: CedarType | undefined,
  reads: Reads,
): void {
  const [attribute, ...inner] = path;
  if (attribute === undefined) return;
  reads.attributes.add(attribute);
  if (testedFrom === 0) reads.tested.add(attribute);
  if (attribute !== 'args') return;
  let at = reads.args;
  for (const [index, name] of inner.entries()) {
    const field = at.fields.get(name) ?? newArgumentReads();
    at.fields.set(name, field);
    at = field;
    if (testedFrom !== undefined && index + 1 >= testedFrom) at.tested = true;
  }
  if (testedFrom !== undefined) return;
  at.whole = true;
  if (expected !== undefined) at.types.add(expected);
}

const DECIMAL_METHODS = new Set(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual']);
const IP_METHODS = new Set(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast', 'isInRange']);
const NUMERIC = new Set(['<', '<=', '>', '>=', '+', '-', '*']);

/** The types that an expression asks of its parts, in order; the last stands for all further ones. */
function partTypes(expression: Expression, expected: CedarType | undefined): (CedarType | undefined)[] {
  switch (expression.op) {
    case 'unary':
      return [expression.operator === '!' ? 'Bool' : expression.operator === 'neg' ? 'Long' : undefined];
    case 'like':
      return ['String'];
    case 'if':
      return ['Bool', expected, expected];
    case 'call':
      if (DECIMAL_METHODS.has(expression.name)) return ['decimal'];
      return IP_METHODS.has(expression.name) ? ['ipaddr'] : ['String'];
    case 'binary':
      return operandTypes(expression);
    default:
      return [undefined];
  }
}

function operandTypes(expression: Expression & { op: 'binary' }): (CedarType | undefined)[] {
  const { operator, left, right } = expression;
  if (operator === '&&' || operator === '||') return ['Bool'];
  if (NUMERIC.has(operator)) return ['Long'];
  const leftType = typeOf(left);
  const rightType = typeOf(right);
  if (operator === 'contains') {
    return [rightType === undefined ? 'Set<String>' : `Set<${rightType}>`, elementOf(leftType)];
  }
  return [rightType, leftType];
}

function typeOf(expression: Expression): CedarType | undefined {
  if (expression.op === 'value') {
    const type = typeof expression.value;
    return type === 'string' ? 'String' : type === 'number' ? 'Long' : 'Bool';
  }
  if (expression.op === 'set') {
    const element = expression.items.map(typeOf).find((type) => type !== undefined);
    return element === undefined ? undefined : `Set<${element}>`;
  }
  if (expression.op === 'get') return CONTEXT_TYPES[contextPath(expression)?.join('.') ?? ''];
  return expression.op === 'call' && (expression.name === 'decimal' || expression.name === 'datetime')
    ? expression.name
    : undefined;
}

const CONTEXT_TYPES: Readonly<Record<string, CedarType>> = {
  amount: 'decimal',
  subject: 'String',
  destination: 'String',
  effect: 'String',
  autonomy: 'String',
  weekday: 'String',
  run: 'String',
  risk: 'Long',
  hour: 'Long',
  labels: 'Set<String>',
  delegation: 'Set<String>',
};

function elementOf(type: CedarType | undefined): CedarType | undefined {
  const element = type === undefined ? undefined : /^Set<(.+)>$/.exec(type)?.[1];
  return element as CedarType | undefined;
}
