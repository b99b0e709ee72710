import type { Expression } from './expression.ts';
import type { Policy } from './policy.ts';
import type { EntityName } from './scope.ts';

/** What is known of a request before it exists. Anything absent stays open in the answer. */
export interface Known {
  readonly principal?: EntityName;
  readonly action?: EntityName;
  readonly resource?: EntityName & { readonly parent?: EntityName };
  /** Attributes of the context that are certain, for example the effect of a declared tool. */
  readonly context?: Readonly<Record<string, string | number>>;
}

/** `always` and `never` are certain; otherwise the conditions that must hold. */
export type Residual = 'always' | 'never' | readonly Expression[];

/**
 * What is left of a policy's conditions. Keeps the engine's order of evaluation, so that it never calls certain what could end
 * in an error: a policy whose condition errs does not apply.
 *
 * @param errorsCount whether an error is as good as a match, as it is in a forbid: then only what cannot err is `never`
 */
export function residualOf(policy: Policy, known: Known, errorsCount = false): Residual {
  const open: Expression[] = [];
  for (const clause of policy.clauses) {
    const simplified = simplify(clause.body, known);
    const condition = clause.kind === 'when' ? simplified : negate(simplified);
    if (errorsCount ? open.length === 0 && isFalse(condition) : neverTrue(condition)) return 'never';
    if (!isTrue(condition)) open.push(condition);
  }
  return open.length === 0 ? 'always' : open;
}

function simplify(expression: Expression, known: Known): Expression {
  switch (expression.op) {
    case 'var':
      return knownEntity(expression, known);
    case 'get':
      return knownAttribute(expression, known);
    case 'unary':
      return simplifyUnary(expression, simplify(expression.of, known));
    case 'binary':
      return simplifyBinary(expression, known);
    case 'like': {
      const of = simplify(expression.of, known);
      const text = of.op === 'value' && typeof of.value === 'string' ? of.value : undefined;
      return text === undefined ? { ...expression, of } : truth(matchesPattern(text, expression.pattern));
    }
    case 'is':
      return simplifyIs(expression, known);
    case 'if': {
      const test = simplify(expression.test, known);
      if (isTrue(test)) return simplify(expression.whenTrue, known);
      if (isFalse(test)) return simplify(expression.whenFalse, known);
      return {
        op: 'if',
        test,
        whenTrue: simplify(expression.whenTrue, known),
        whenFalse: simplify(expression.whenFalse, known),
      };
    }
    default:
      return expression;
  }
}

/** Whether no request can make it true, errors included. */
function neverTrue(expression: Expression): boolean {
  if (isFalse(expression)) return true;
  if (expression.op !== 'binary') return false;
  if (expression.operator === '&&') return neverTrue(expression.left) || neverTrue(expression.right);
  return expression.operator === '||' && neverTrue(expression.left) && neverTrue(expression.right);
}

function simplifyUnary(expression: Expression & { op: 'unary' }, of: Expression): Expression {
  if (expression.operator === '!') return negate(of);
  return { ...expression, of };
}

function negate(of: Expression): Expression {
  if (of.op === 'value' && typeof of.value === 'boolean') return truth(!of.value);
  if (of.op === 'unary' && of.operator === '!') return of.of;
  return { op: 'unary', operator: '!', of };
}

function simplifyBinary(expression: Expression & { op: 'binary' }, known: Known): Expression {
  const left = simplify(expression.left, known);
  const { operator } = expression;
  if (operator === '&&' && isFalse(left)) return left;
  if (operator === '||' && isTrue(left)) return left;
  const right = simplify(expression.right, known);
  if (operator === '&&') return isTrue(left) ? right : isTrue(right) ? left : { op: 'binary', operator, left, right };
  if (operator === '||') return isFalse(left) ? right : isFalse(right) ? left : { op: 'binary', operator, left, right };
  return compare(operator, left, right, known) ?? { op: 'binary', operator, left, right };
}

function compare(operator: string, left: Expression, right: Expression, known: Known): Expression | undefined {
  if (operator === '==' || operator === '!=') {
    const equal = sameLiteral(left, right);
    return equal === undefined ? undefined : truth(equal === (operator === '=='));
  }
  if (operator === 'in') return memberOf(left, right, known);
  if (operator === 'contains' && left.op === 'set') {
    const hits = left.items.map((item) => sameLiteral(item, right));
    if (hits.includes(true) && !hits.includes(undefined)) return truth(true);
    return hits.includes(undefined) ? undefined : truth(false);
  }
  if (left.op !== 'value' || right.op !== 'value') return undefined;
  return order(operator, left.value, right.value);
}

function order(operator: string, left: unknown, right: unknown): Expression | undefined {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  if (operator === '<') return truth(left < right);
  if (operator === '<=') return truth(left <= right);
  if (operator === '>') return truth(left > right);
  return operator === '>=' ? truth(left >= right) : undefined;
}

function sameLiteral(left: Expression, right: Expression): boolean | undefined {
  if (left.op === 'value' && right.op === 'value') return left.value === right.value;
  if (left.op === 'entity' && right.op === 'entity') return left.type === right.type && left.id === right.id;
  return undefined;
}

function memberOf(left: Expression, right: Expression, known: Known): Expression | undefined {
  if (left.op !== 'entity') return undefined;
  const parents = right.op === 'set' ? right.items : [right];
  if (!parents.every((parent) => parent.op === 'entity')) return undefined;
  const own = sameLiteral(left, { op: 'entity', ...(known.resource ?? { type: '', id: '' }) }) === true;
  const parent = own ? known.resource?.parent : undefined;
  return truth(
    parents.some(
      (candidate) =>
        sameLiteral(left, candidate) === true ||
        (parent !== undefined && sameLiteral({ op: 'entity', ...parent }, candidate) === true),
    ),
  );
}

function simplifyIs(expression: Expression & { op: 'is' }, known: Known): Expression {
  const of = simplify(expression.of, known);
  if (of.op !== 'entity') return { ...expression, of };
  if (of.type !== expression.type) return truth(false);
  if (expression.within === undefined) return truth(true);
  return memberOf(of, simplify(expression.within, known), known) ?? { ...expression, of };
}

function knownEntity(variable: Expression & { op: 'var' }, known: Known): Expression {
  const entity =
    variable.name === 'principal'
      ? known.principal
      : variable.name === 'action'
        ? known.action
        : variable.name === 'resource'
          ? known.resource
          : undefined;
  return entity === undefined ? variable : { op: 'entity', type: entity.type, id: entity.id };
}

function knownAttribute(expression: Expression & { op: 'get' }, known: Known): Expression {
  if (expression.of.op !== 'var' || expression.of.name !== 'context') return expression;
  const value = known.context?.[expression.attribute];
  return value === undefined ? expression : { op: 'value', value };
}

function matchesPattern(text: string, pattern: readonly (string | null)[]): boolean {
  const source = pattern
    .map((part) => (part === null ? '[^]*' : part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`).test(text);
}

function truth(value: boolean): Expression {
  return { op: 'value', value };
}

function isTrue(expression: Expression): boolean {
  return expression.op === 'value' && expression.value === true;
}

function isFalse(expression: Expression): boolean {
  return expression.op === 'value' && expression.value === false;
}
