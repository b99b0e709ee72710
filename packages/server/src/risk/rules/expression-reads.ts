import type { CelNode } from '../../lib/index.ts';

/** A place in the variables: `args.vendor` is `['args', 'vendor']`. */
export type Path = readonly string[];

/** Macros that walk a list with a variable of their own. */
export const BINDS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const NOTHING_BOUND: ReadonlySet<string> = new Set();

/** The place that an expression names, or undefined where it computes something. */
export function pathOf(node: CelNode): Path | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op === '.') {
    const base = pathOf(node.args[0]);
    return base && [...base, node.args[1]];
  }
  if (node.op !== '[]') return undefined;
  const [of, key] = node.args;
  if (key.op !== 'value' || typeof key.args !== 'string') return undefined;
  const base = pathOf(of);
  return base && [...base, key.args];
}

/** As it was written. */
export function textOf(node: CelNode): string {
  return node.input.slice(node.start, node.end);
}

/** Places that are read, outside has(); a variable that a macro binds is no place. */
export function readsOf(node: CelNode): readonly Path[] {
  const reads: Path[] = [];
  walk(node, NOTHING_BOUND, (path, asked) => {
    if (!asked) reads.push(path);
  });
  return reads;
}

/** Places that has() asks for. */
export function guardsOf(node: CelNode): readonly Path[] {
  const guards: Path[] = [];
  walk(node, NOTHING_BOUND, (path, asked) => {
    if (asked) guards.push(path);
  });
  return guards;
}

/** Places without which the expression fails: read, and not asked for anywhere in it. */
export function neededPlaces(node: CelNode): readonly Path[] {
  const asked = new Set(guardsOf(node).map((guard) => guard.join('.')));
  const needed = new Map<string, Path>();
  for (const read of readsOf(node)) if (!asked.has(read.join('.'))) needed.set(read.join('.'), read);
  return [...needed.values()];
}

type Visit = (path: Path, asked: boolean) => void;

function walk(node: CelNode, bound: ReadonlySet<string>, visit: Visit): void {
  const path = pathOf(node);
  if (path !== undefined) {
    if (!bound.has(path[0] ?? '')) visit(path, false);
    return;
  }
  if (node.op === 'call') walkCall(node.args, bound, visit);
  else if (node.op === 'rcall') walkMethod(node.args, bound, visit);
  else for (const child of childrenOf(node.args)) walk(child, bound, visit);
}

function walkCall([name, parameters]: [string, CelNode[]], bound: ReadonlySet<string>, visit: Visit): void {
  for (const parameter of parameters) {
    const path = name === 'has' ? pathOf(parameter) : undefined;
    if (path === undefined) walk(parameter, bound, visit);
    else if (!bound.has(path[0] ?? '')) visit(path, true);
  }
}

function walkMethod(
  [name, receiver, parameters]: [string, CelNode, CelNode[]],
  bound: ReadonlySet<string>,
  visit: Visit,
): void {
  walk(receiver, bound, visit);
  const [first, ...bodies] = parameters;
  if (BINDS.has(name) && first?.op === 'id') {
    const inside = new Set([...bound, first.args]);
    for (const body of bodies) walk(body, inside, visit);
    return;
  }
  for (const parameter of parameters) walk(parameter, bound, visit);
}

export function childrenOf(args: unknown): readonly CelNode[] {
  if (isNode(args)) return [args];
  return Array.isArray(args) ? args.flatMap(childrenOf) : [];
}

function isNode(value: unknown): value is CelNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
