import type { Expression } from './expression.ts';

/** An expression as Cedar text. Every compound operand is in brackets, so precedence cannot mislead a reader. */
export function expressionText(expression: Expression): string {
  switch (expression.op) {
    case 'value':
      return literalText(expression.value);
    case 'entity':
      return `${expression.type}::${quote(expression.id)}`;
    case 'var':
      return expression.name;
    case 'get':
      return `${operand(expression.of)}${attributeText(expression.attribute)}`;
    case 'has':
      return `${operand(expression.of)} has ${hasText(expression.attributes)}`;
    case 'unary':
      return unaryText(expression.operator, expression.of);
    case 'binary':
      return binaryText(expression.operator, expression.left, expression.right);
    case 'like':
      return `${operand(expression.of)} like ${patternText(expression.pattern)}`;
    case 'is': {
      const within = expression.within === undefined ? '' : ` in ${operand(expression.within)}`;
      return `${operand(expression.of)} is ${expression.type}${within}`;
    }
    case 'if':
      return `if ${operand(expression.test)} then ${operand(expression.whenTrue)} else ${operand(expression.whenFalse)}`;
    case 'set':
      return `[${expression.items.map(expressionText).join(', ')}]`;
    case 'record':
      return `{${expression.fields.map(([name, field]) => `${quote(name)}: ${expressionText(field)}`).join(', ')}}`;
    case 'call':
      return callText(expression.name, expression.args);
  }
}

export function patternText(pattern: readonly (string | null)[]): string {
  const body = pattern.map((part) => (part === null ? '*' : quote(part).slice(1, -1).replaceAll('*', '\\*'))).join('');
  return `"${body}"`;
}

function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/\\u([0-9a-f]{4})/g, (_, hex: string) => `\\u{${hex}}`);
}

const METHODS = new Set(['contains', 'containsAll', 'containsAny', 'getTag', 'hasTag']);
const CONSTRUCTORS = new Set(['decimal', 'ip', 'datetime', 'duration']);
const ATOMS = new Set<Expression['op']>(['value', 'entity', 'var', 'get', 'set', 'record', 'call']);

function binaryText(operator: string, left: Expression, right: Expression): string {
  if (METHODS.has(operator)) return `${operand(left)}.${operator}(${expressionText(right)})`;
  return `${chained(operator, left)} ${operator} ${chained(operator, right)}`;
}

/** `a && b && c` needs no brackets, everything else keeps them. */
function chained(operator: string, side: Expression): string {
  const associative = (operator === '&&' || operator === '||') && side.op === 'binary';
  if (associative && side.operator === operator) return expressionText(side);
  if (associative && COMPARISONS.has(side.operator)) return expressionText(side);
  if ((operator === '&&' || operator === '||') && (side.op === 'like' || side.op === 'has'))
    return expressionText(side);
  return operand(side);
}

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', ...METHODS]);

function operand(expression: Expression): string {
  const text = expressionText(expression);
  const atom = ATOMS.has(expression.op) || (expression.op === 'binary' && METHODS.has(expression.operator));
  return atom ? text : `(${text})`;
}

function unaryText(operator: '!' | 'neg' | 'isEmpty', of: Expression): string {
  if (operator === 'isEmpty') return `${operand(of)}.isEmpty()`;
  return `${operator === 'neg' ? '-' : '!'}${operand(of)}`;
}

function callText(name: string, args: readonly Expression[]): string {
  if (CONSTRUCTORS.has(name)) return `${name}(${args.map(expressionText).join(', ')})`;
  const [receiver, ...rest] = args;
  return receiver === undefined ? `${name}()` : `${operand(receiver)}.${name}(${rest.map(expressionText).join(', ')})`;
}

function literalText(value: boolean | number | string): string {
  return typeof value === 'string' ? quote(value) : String(value);
}

function attributeText(name: string): string {
  return isIdentifier(name) ? `.${name}` : `[${quote(name)}]`;
}

function hasText(names: readonly string[]): string {
  return names.every(isIdentifier) ? names.join('.') : quote(names.join('.'));
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
