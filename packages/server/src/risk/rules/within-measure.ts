import type { CelNode, CelProgram } from '../../lib/index.ts';
import { BINDS, childrenOf, pathOf } from './expression-reads.ts';

/** Items times characters that a walk over a list may have to look at: some milliseconds of work. */
const MAX_WORK = 2_000_000;
const COMPARES = new Set(['==', '!=', '<', '<=', '>', '>=']);

const measured = new WeakMap<object, number>();

/**
 * A walk that looks at arguments again for each item (`args.to.exists(t, t in args.cc)`) takes a time that grows with the square of what
 * a caller sends, and everybody would wait for it. It is evaluated only while that is little; beyond, nobody can tell.
 */
export function withinMeasure(program: CelProgram): CelProgram {
  if (!rereads(program.tree, undefined)) return program;
  return {
    ...program,
    evaluate: (variables) =>
      workOf(variables.args) > MAX_WORK
        ? { ok: false, reason: 'the arguments are too many for a condition that walks a list' }
        : program.evaluate(variables),
  };
}

/** Whether the body of a walk reads arguments, other than to compare them with an item: that costs no more than the item does. */
function rereads(node: CelNode, bound: ReadonlySet<string> | undefined): boolean {
  const path = pathOf(node);
  if (path !== undefined) return bound !== undefined && isLarge(path);
  if (node.op === 'call' && node.args[0] === 'has') return false;
  if (bound !== undefined && COMPARES.has(node.op)) {
    const [left, right] = node.args as [CelNode, CelNode];
    if (pathOf(left) !== undefined && mentions(right, bound)) return rereads(right, bound);
    if (pathOf(right) !== undefined && mentions(left, bound)) return rereads(left, bound);
  }
  if (node.op === 'rcall') {
    const [name, receiver, [first, ...bodies]] = node.args;
    if (BINDS.has(name) && first?.op === 'id') {
      // A list that stands in the rule is short, whatever its items are looked for in.
      const inside = receiver.op === 'list' ? bound : new Set([...(bound ?? []), first.args]);
      return rereads(receiver, bound) || bodies.some((body) => rereads(body, inside));
    }
  }
  return childrenOf(node.args).some((child) => rereads(child, bound));
}

/** What a caller chooses; all else is short. */
function isLarge([root, member]: readonly string[]): boolean {
  return root === 'args' || (root === 'action' && (member === 'subject' || member === 'destination'));
}

function mentions(node: CelNode, bound: ReadonlySet<string>): boolean {
  const path = pathOf(node);
  if (path !== undefined) return bound.has(path[0] ?? '');
  return childrenOf(node.args).some((child) => mentions(child, bound));
}

function workOf(args: unknown): number {
  if (typeof args !== 'object' || args === null) return 0;
  let work = measured.get(args);
  if (work === undefined) {
    const sizes = { items: 0, weight: 0 };
    measure(args, sizes);
    work = sizes.items * sizes.weight;
    measured.set(args, work);
  }
  return work;
}

function measure(value: unknown, sizes: { items: number; weight: number }): void {
  sizes.weight += typeof value === 'string' ? value.length : 1;
  if (typeof value !== 'object' || value === null) return;
  for (const item of Object.values(value)) {
    sizes.items += 1;
    measure(item, sizes);
  }
}
