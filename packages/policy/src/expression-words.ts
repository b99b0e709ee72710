import type { Expression } from './expression.ts';
import { expressionText, patternText } from './expression-text.ts';

/** A condition in plain words, for people who do not read Cedar. What has no words here stays Cedar text. */
export function expressionWords(expression: Expression): string {
  switch (expression.op) {
    case 'binary':
      return binaryWords(expression);
    case 'unary':
      return unaryWords(expression);
    case 'call':
      return callWords(expression);
    case 'like':
      return `${thing(expression.of)} looks like ${patternText(expression.pattern)}`;
    case 'has':
      return `${[...thingParts(expression.of), ...expression.attributes].join('.')} is given`;
    case 'get':
      return `${thing(expression)} is true`;
    default:
      return thing(expression);
  }
}

const OPERATORS: Readonly<Record<string, string>> = {
  '==': 'is',
  '!=': 'is not',
  '<': 'is below',
  '<=': 'is at most',
  '>': 'is above',
  '>=': 'is at least',
  lessThan: 'is below',
  lessThanOrEqual: 'is at most',
  greaterThan: 'is above',
  greaterThanOrEqual: 'is at least',
  contains: 'contains',
  containsAll: 'contains all of',
  containsAny: 'contains any of',
  in: 'is in',
};

function binaryWords(expression: Expression & { op: 'binary' }): string {
  const { operator, left, right } = expression;
  if (operator === '&&') return `${clause(left, '||')} and ${clause(right, '||')}`;
  if (operator === '||') return `${clause(left, '&&')} or ${clause(right, '&&')}`;
  if (operator === 'contains' && left.op === 'set') return `${thing(right)} is one of ${thing(left)}`;
  const words = OPERATORS[operator];
  return words === undefined ? expressionText(expression) : `${thing(left)} ${words} ${thing(right)}`;
}

/** Brackets only where "and" meets "or". */
function clause(expression: Expression, other: string): string {
  const words = expressionWords(expression);
  return expression.op === 'binary' && expression.operator === other ? `(${words})` : words;
}

function unaryWords(expression: Expression & { op: 'unary' }): string {
  if (expression.operator === '!') return `not (${expressionWords(expression.of)})`;
  if (expression.operator === 'isEmpty') return `${thing(expression.of)} is empty`;
  return expressionText(expression);
}

function callWords(expression: Expression & { op: 'call' }): string {
  const [left, right] = expression.args;
  const words = OPERATORS[expression.name];
  if (words !== undefined && left !== undefined && right !== undefined)
    return `${thing(left)} ${words} ${thing(right)}`;
  return expressionText(expression);
}

function thing(expression: Expression): string {
  if (expression.op === 'call' && expression.name === 'decimal' && expression.args[0]?.op === 'value') {
    return String(expression.args[0].value);
  }
  if (expression.op === 'set') return `[${expression.items.map(thing).join(', ')}]`;
  if (expression.op === 'entity') return `${expression.type.replace('Reeve::', '')} ${expression.id}`;
  const parts = thingParts(expression);
  return parts.length > 0 ? parts.join('.') : expressionText(expression);
}

/** `context.args.to` is spoken `args.to`. */
function thingParts(expression: Expression): string[] {
  if (expression.op !== 'get') return [];
  if (expression.of.op === 'var' && expression.of.name === 'context') return [expression.attribute];
  const parents = thingParts(expression.of);
  return parents.length > 0 ? [...parents, expression.attribute] : [];
}
