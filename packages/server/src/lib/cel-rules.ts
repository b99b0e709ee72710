import type { ASTNode } from '@marcbachmann/cel-js';

const ARITHMETIC = new Set(['+', '-', '*', '/', '%']);
/** Macros that walk a list; one inside another multiplies the work by data that a caller chooses. */
const WALKS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** What the language allows but could never work or never end here. */
export function celFault(node: ASTNode, walking = false): string | undefined {
  if (node.op === 'call' || node.op === 'rcall') return callFault(node, walking);
  if (ARITHMETIC.has(node.op)) {
    const fault = integerFault(node.args as [ASTNode, ASTNode]);
    if (fault !== undefined) return fault;
  }
  return firstFault(node.args, walking);
}

function callFault(node: ASTNode & { op: 'call' | 'rcall' }, walking: boolean): string | undefined {
  const [name] = node.args;
  if (name === 'matches')
    return 'matches() is not supported, since its cost has no bound: use startsWith, endsWith or contains';
  if (node.op === 'call') return firstFault(node.args[1], walking);
  const [, receiver, parameters] = node.args;
  const walks = WALKS.has(name);
  if (walks && walking)
    return `${name}() inside another walk over a list is not supported, since its cost has no bound`;
  return celFault(receiver, walking) ?? firstFault(parameters, walking || walks);
}

function integerFault([left, right]: [ASTNode, ASTNode]): string | undefined {
  const literal = isInteger(left) ? left : isInteger(right) ? right : undefined;
  const other = literal === left ? right : left;
  if (literal === undefined || !isLookup(other)) return undefined;
  return `numbers of JSON are doubles: write ${String(literal.args)}.0 instead of ${String(literal.args)}`;
}

function isInteger(node: ASTNode): boolean {
  return node.op === 'value' && typeof node.args === 'bigint';
}

function isLookup(node: ASTNode): boolean {
  return node.op === '.' || node.op === '[]' || node.op === 'id';
}

function firstFault(args: unknown, walking: boolean): string | undefined {
  if (isNode(args)) return celFault(args, walking);
  if (!Array.isArray(args)) return undefined;
  for (const item of args) {
    const fault = firstFault(item, walking);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
