import type { CelNode } from '../../lib/index.ts';
import { scalarOf } from './clauses.ts';
import { type Domain, kindOf, kindsInWords, type ValueKind } from './domain.ts';
import { type Path, pathOf, textOf } from './expression-reads.ts';

interface Places {
  domainOf(path: Path): Domain | { readonly missing: string };
}

type Kinds = ReadonlySet<ValueKind>;

const COMPARES = new Set(['==', '!=', '<', '<=', '>', '>=']);
const CALCULATES = new Set(['-', '*', '/', '%']);
const NUMBER: Kinds = new Set(['number']);
const TEXT: Kinds = new Set(['text']);
const RESULTS: Readonly<Record<string, Kinds>> = { size: NUMBER, double: NUMBER, int: NUMBER, string: TEXT };

/** Two sides of a comparison or calculation whose kinds never fit. */
export function kindConflict(node: CelNode, places: Places): string | undefined {
  if (!isBinary(node)) return undefined;
  const [left, right] = node.args;
  const inside = kindConflict(left, places) ?? kindConflict(right, places);
  if (inside !== undefined) return inside;
  const [a, b] = [kindsOf(left, places), kindsOf(right, places)];
  if (CALCULATES.has(node.op)) {
    if (a !== undefined && !a.has('number')) return misfit(left, a, NUMBER, node);
    if (b !== undefined && !b.has('number')) return misfit(right, b, NUMBER, node);
    return undefined;
  }
  if (a === undefined || b === undefined || [...a].some((kind) => b.has(kind))) return undefined;
  return misfit(left, a, b, node);
}

function misfit(side: CelNode, is: Kinds, used: Kinds, node: CelNode): string {
  return `${textOf(side)} is ${kindsInWords(is)}, used as ${kindsInWords(used)} in ${textOf(node)}`;
}

/** What an expression can give; undefined where that is not known. */
export function kindsOf(node: CelNode, places: Places): Kinds | undefined {
  const path = pathOf(node);
  if (path !== undefined) {
    const domain = places.domainOf(path);
    return 'missing' in domain ? undefined : domain.kinds;
  }
  const literal = scalarOf(node);
  if (literal !== undefined) return new Set([kindOf(literal)]);
  if (node.op === 'call' || node.op === 'rcall') return RESULTS[node.args[0]];
  if (CALCULATES.has(node.op) || node.op === '-_') return NUMBER;
  if (node.op === '+') {
    const [left, right] = node.args as [CelNode, CelNode];
    return kindsOf(left, places) ?? kindsOf(right, places);
  }
  return undefined;
}

function isBinary(node: CelNode): node is CelNode & { readonly args: [CelNode, CelNode] } {
  return COMPARES.has(node.op) || CALCULATES.has(node.op) || node.op === '+';
}
