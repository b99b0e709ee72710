import { type Expression, partsOf } from './expression.ts';
import { type Policy, type PolicyProblem, problemOn } from './policy.ts';

/** Attributes of the context whose values form a closed set. */
const CLOSED_SETS: Readonly<Record<string, readonly string[]>> = {
  effect: ['read', 'write', 'delete', 'send', 'export', 'pay', 'deploy', 'execute', 'grant'],
  autonomy: ['shadow', 'supervised', 'pilot', 'autopilot'],
  weekday: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
};

/** Comparisons with a value that the attribute can never have: a misspelt effect would otherwise just never match. */
export function checkLiterals(policy: Policy): PolicyProblem[] {
  return policy.clauses.flatMap((clause) => checkExpression(policy, clause.body));
}

function checkExpression(policy: Policy, expression: Expression): PolicyProblem[] {
  const inner = partsOf(expression).flatMap((part) => checkExpression(policy, part));
  if (expression.op !== 'binary') return inner;
  const { operator, left, right } = expression;
  if (operator === '==' || operator === '!=') {
    return [...inner, ...checkPair(policy, left, right), ...checkPair(policy, right, left)];
  }
  if (operator !== 'contains' || left.op !== 'set') return inner;
  return [...inner, ...left.items.flatMap((item) => checkPair(policy, right, item))];
}

function checkPair(policy: Policy, attribute: Expression, literal: Expression): PolicyProblem[] {
  if (attribute.op !== 'get' || attribute.of.op !== 'var' || attribute.of.name !== 'context') return [];
  const allowed = CLOSED_SETS[attribute.attribute];
  if (allowed === undefined || literal.op !== 'value' || allowed.includes(String(literal.value))) return [];
  const text = JSON.stringify(literal.value);
  const message = `context.${attribute.attribute} is never ${text}; it is one of ${allowed.join(', ')}`;
  return [problemOn(policy, text, message)];
}
