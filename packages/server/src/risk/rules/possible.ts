import type { Atom, Clause } from './clauses.ts';
import type { Domain } from './domain.ts';
import { kindConflict } from './expression-kinds.ts';
import type { Path } from './expression-reads.ts';
import { narrow } from './narrow.ts';

/** What places can hold for one kind of call. */
export interface World {
  /** `missing` says why the place is never there. */
  domainOf(path: Path): Domain | { readonly missing: string };
}

interface Known {
  readonly domain: Domain;
  /** Conditions that already narrowed it. */
  readonly by: readonly string[];
}

export interface Impossible {
  readonly reason: string;
  /** Whether it is only that the conditions are about other tools. */
  readonly otherTool: boolean;
}

/** Why these conditions can never hold together in this world, or undefined where they may. */
export function impossible(clause: Clause, world: World): Impossible | undefined {
  const known = new Map<string, Known>();
  for (const atom of sorted(clause)) {
    const reason = absent(atom, world) ?? conflict(atom, world, known);
    if (reason !== undefined) return { reason, otherTool: isAboutTool(atom) && known.get('action.tool') === undefined };
  }
  return undefined;
}

/** Which tool is asked first: most conditions are about others. */
function sorted(clause: Clause): readonly Atom[] {
  return [...clause].sort((a, b) => rank(a) - rank(b));
}

function rank(atom: Atom): number {
  const rank = 'path' in atom ? CHOOSES.indexOf(atom.path.join('.')) : -1;
  return rank < 0 ? CHOOSES.length : rank;
}

const CHOOSES = ['action.tool', 'action.kind', 'action.effect', 'action.reversible'];

/** Whether it says which calls are meant. */
export function isAboutTool(atom: Atom): boolean {
  return rank(atom) < CHOOSES.length;
}

function absent(atom: Atom, world: World): string | undefined {
  const needed = atom.kind === 'has' && !atom.negated ? [...atom.reads, atom.path] : atom.reads;
  for (const path of needed) {
    const domain = world.domainOf(path);
    if ('missing' in domain) return domain.missing;
  }
  return undefined;
}

function conflict(atom: Atom, world: World, known: Map<string, Known>): string | undefined {
  if (atom.kind === 'constant') return atom.value ? undefined : `${atom.text} is never true`;
  if (atom.kind === 'has') return undefined;
  if (atom.kind === 'other') return kindConflict(atom.node, world);
  const key = atom.path.join('.');
  const before = known.get(key) ?? initial(world.domainOf(atom.path));
  const left = narrow(before.domain, atom);
  if (!('conflict' in left)) {
    known.set(key, { domain: left, by: [...before.by, atom.text] });
    return undefined;
  }
  if (left.conflict === 'values' && before.by.length > 0)
    return `${before.by.join(' and ')} and ${atom.text} exclude each other`;
  const clash = left.conflict === 'values' ? `, so ${atom.text} is never true` : ` in ${atom.text}`;
  return `${key} ${left.words}${clash}`;
}

function initial(domain: Domain | { readonly missing: string }): Known {
  return { domain: 'missing' in domain ? {} : domain, by: [] };
}
