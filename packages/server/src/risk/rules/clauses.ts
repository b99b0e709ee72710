import type { CelNode } from '../../lib/index.ts';
import { guardsOf, type Path, pathOf, readsOf, textOf } from './expression-reads.ts';

export type Scalar = string | number | boolean | null;
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** One thing that must hold, in so far as it can be reasoned about. */
export type Atom = { readonly text: string; readonly reads: readonly Path[]; readonly guards: readonly Path[] } & (
  | { readonly kind: 'compare'; readonly path: Path; readonly op: Comparison; readonly value: Scalar }
  | { readonly kind: 'among'; readonly path: Path; readonly values: readonly Scalar[]; readonly negated: boolean }
  | { readonly kind: 'starts'; readonly path: Path; readonly prefix: string; readonly negated: boolean }
  | { readonly kind: 'text'; readonly path: Path }
  | { readonly kind: 'has'; readonly path: Path; readonly negated: boolean }
  | { readonly kind: 'truth'; readonly path: Path; readonly negated: boolean }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'other'; readonly node: CelNode }
);

/** All of these hold together. */
export type Clause = readonly Atom[];

/** What has more alternatives is not reasoned about. */
const MAX_CLAUSES = 64;

const OPPOSITE: Readonly<Record<Comparison, Comparison>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};
const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** A condition as alternatives, one of which must hold; undefined where there are too many. */
export function clausesOf(node: CelNode, negated = false): readonly Clause[] | undefined {
  if (node.op === '!_') return clausesOf(node.args, !negated);
  if (node.op !== '&&' && node.op !== '||') return [[atomOf(node, negated)]];
  const left = clausesOf(node.args[0], negated);
  const right = clausesOf(node.args[1], negated);
  if (left === undefined || right === undefined) return undefined;
  const either = (node.op === '||') !== negated;
  if (either) return left.length + right.length > MAX_CLAUSES ? undefined : [...left, ...right];
  if (left.length * right.length > MAX_CLAUSES) return undefined;
  return left.flatMap((one) => right.map((other) => [...one, ...other]));
}

function atomOf(node: CelNode, negated: boolean): Atom {
  const seen = { text: negated ? `!(${textOf(node)})` : textOf(node), reads: readsOf(node), guards: guardsOf(node) };
  const path = pathOf(node);
  if (path !== undefined) return { ...seen, kind: 'truth', path, negated };
  if (node.op === 'value' && typeof node.args === 'boolean')
    return { ...seen, kind: 'constant', value: node.args !== negated };
  const asked = node.op === 'call' && node.args[0] === 'has' ? seen.guards[0] : undefined;
  if (asked !== undefined) return { ...seen, kind: 'has', path: asked, negated };
  if (isComparison(node.op))
    return { ...seen, ...comparisonOf(node.op, node.args as [CelNode, CelNode], negated, node) };
  if (node.op === 'in') return { ...seen, ...amongOf(node.args, negated, node) };
  if (node.op === 'rcall') return { ...seen, ...methodOf(node.args, negated, node) };
  return { ...seen, kind: 'other', node };
}

type Part = Atom extends infer A ? (A extends Atom ? Omit<A, 'text' | 'reads' | 'guards'> : never) : never;

function comparisonOf(op: Comparison, [left, right]: [CelNode, CelNode], negated: boolean, node: CelNode): Part {
  const effective = negated ? OPPOSITE[op] : op;
  const leftPath = pathOf(left);
  const rightValue = scalarOf(right);
  if (leftPath !== undefined && rightValue !== undefined)
    return { kind: 'compare', path: leftPath, op: effective, value: rightValue };
  const rightPath = pathOf(right);
  const leftValue = scalarOf(left);
  if (rightPath !== undefined && leftValue !== undefined)
    return { kind: 'compare', path: rightPath, op: MIRRORED[effective], value: leftValue };
  return { kind: 'other', node };
}

function amongOf([item, list]: [CelNode, CelNode], negated: boolean, node: CelNode): Part {
  const path = pathOf(item);
  if (path === undefined || list.op !== 'list') return { kind: 'other', node };
  const values = list.args.map(scalarOf);
  if (values.some((value) => value === undefined)) return { kind: 'other', node };
  return { kind: 'among', path, values: values as Scalar[], negated };
}

function methodOf([name, receiver, parameters]: [string, CelNode, CelNode[]], negated: boolean, node: CelNode): Part {
  const path = pathOf(receiver);
  const value = parameters[0] === undefined ? undefined : scalarOf(parameters[0]);
  if (path === undefined || typeof value !== 'string' || !TEXT_METHODS.has(name)) return { kind: 'other', node };
  return name === 'startsWith' ? { kind: 'starts', path, prefix: value, negated } : { kind: 'text', path };
}

const TEXT_METHODS = new Set(['startsWith', 'endsWith', 'contains']);

function isComparison(op: string): op is Comparison {
  return op in OPPOSITE;
}

/** A literal; integers as numbers, since JSON has no others. */
export function scalarOf(node: CelNode): Scalar | undefined {
  if (node.op === '-_') {
    const value = scalarOf(node.args);
    return typeof value === 'number' ? -value : undefined;
  }
  if (node.op !== 'value') return undefined;
  const { args } = node;
  if (typeof args === 'bigint') return Number(args);
  return args === null || ['string', 'number', 'boolean'].includes(typeof args) ? (args as Scalar) : undefined;
}
