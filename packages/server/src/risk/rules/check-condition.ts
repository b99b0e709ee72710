import type { CelProgram } from '../../lib/index.ts';
import type { CheckContext, ObjectPath } from './check-context.ts';
import { type Atom, type Clause, clausesOf } from './clauses.ts';
import { guardsOf, type Path, readsOf } from './expression-reads.ts';
import { isModel } from './known-tools.ts';
import { type Impossible, impossible, isAboutTool } from './possible.ts';
import type { NamedWorld } from './worlds.ts';

/** Signals of these have no value until something was counted. */
const EMPTY_AT_FIRST = new Set(['first_seen', 'first', 'last', 'min', 'max']);

/**
 * Finds conditions that cannot come true: alone, or together. What is not a comparison with a literal, startsWith, `in` a list of
 * literals, has() or a truth value is only looked at for arguments that do not exist and for kinds that do not fit.
 */
export function checkCondition(
  context: CheckContext,
  program: CelProgram,
  worlds: readonly NamedWorld[],
  path: ObjectPath,
  what: 'rule' | 'signal' | 'step',
): readonly Clause[] | undefined {
  if (program.type !== 'bool' && program.type !== 'dyn') {
    context.report(path, `a condition is true or false, this expression gives ${program.type}`);
    return undefined;
  }
  const clauses = clausesOf(program.tree);
  if (clauses === undefined || worlds.length === 0) return clauses;
  const message =
    wrongAtom(clauses, (atom) => misnamed(context, atom)) ??
    neverTogether(context, clauses, worlds) ??
    wrongAtom(clauses, (atom) => everywhere(context, [atom], worlds));
  if (message !== undefined) context.report(path, `${part(message)}this ${what} can never match: ${message.reason}`);
  else checkEmptySignals(context, program, path);
  return clauses;
}

interface Never {
  readonly reason: string;
  readonly whole: boolean;
}

function part({ whole }: Never): string {
  return whole ? '' : 'a part of ';
}

/** Conditions that are wrong whatever stands beside them. */
function wrongAtom(clauses: readonly Clause[], fault: (atom: Atom) => string | undefined): Never | undefined {
  for (const atom of new Set(clauses.flat())) {
    const reason = fault(atom);
    if (reason !== undefined) return { reason, whole: clauses.every((clause) => clause.includes(atom)) };
  }
  return undefined;
}

/** A name after `!=` or `not in` hides its mistake: the condition is true of everything. */
function misnamed(context: CheckContext, atom: Atom): string | undefined {
  const names = namesIn(atom);
  if (names.length === 0 || !('path' in atom)) return undefined;
  const place = atom.path.join('.');
  if (place === 'action.tool') {
    // In a call of a model its name stands there.
    const unknown = names.find((name) => context.worldsOf([name]).length === 0 && !isModel(context.fleet, name));
    if (unknown === undefined) return undefined;
    return `no tool of this fleet is named "${unknown}"${context.nearestTool(unknown)}`;
  }
  const known = context.vocabulary.get(place)?.oneOf;
  const unknown = known === undefined ? undefined : names.find((name) => !known.includes(name));
  if (known === undefined || unknown === undefined) return undefined;
  const shown = known.slice(0, MAX_NAMES_SHOWN).map((name) => JSON.stringify(name));
  return `${place} is one of ${shown.join(', ')}${known.length > shown.length ? ', ...' : ''}, never "${unknown}"`;
}

const MAX_NAMES_SHOWN = 12;

function namesIn(atom: Atom): readonly string[] {
  if (atom.kind === 'compare' && (atom.op === '==' || atom.op === '!='))
    return typeof atom.value === 'string' ? [atom.value] : [];
  return atom.kind === 'among' ? atom.values.filter((value) => typeof value === 'string') : [];
}

function neverTogether(
  context: CheckContext,
  clauses: readonly Clause[],
  worlds: readonly NamedWorld[],
): Never | undefined {
  let first: string | undefined;
  for (const clause of clauses) {
    const reason = everywhere(context, clause, worlds);
    if (reason === undefined) return undefined;
    first ??= reason;
  }
  return first === undefined ? undefined : { reason: first, whole: true };
}

/** Why a clause is impossible in all worlds, in the words of the one that comes closest. */
function everywhere(context: CheckContext, clause: Clause, worlds: readonly NamedWorld[]): string | undefined {
  let closest: Impossible | undefined;
  for (const world of worlds) {
    const fault = impossible(clause, world);
    if (fault === undefined) return undefined;
    if (closest === undefined || (closest.otherTool && !fault.otherTool)) closest = fault;
  }
  if (closest?.otherTool !== true) return closest?.reason;
  const atoms = clause.filter(isAboutTool);
  const name = atoms.flatMap(namesIn)[0];
  const near = name === undefined ? '' : context.nearestTool(name);
  return `no tool of this fleet fits ${atoms.map(({ text }) => text).join(' and ')}${near}`;
}

function checkEmptySignals(context: CheckContext, program: CelProgram, path: ObjectPath): void {
  const asked = new Set(guardsOf(program.tree).map((guard) => guard.join('.')));
  for (const read of readsOf(program.tree)) {
    const name = emptySignal(context, read);
    if (name === undefined || asked.has(`signals.${name}`)) continue;
    context.report(
      path,
      `signals.${name} has no value before the first call that it counts, so that call would be held: ask has(signals.${name}) && ...`,
    );
    return;
  }
}

function emptySignal({ rules }: CheckContext, [root, name]: Path): string | undefined {
  if (root !== 'signals') return undefined;
  const signal = rules.signals.find((candidate) => candidate.name === name);
  return signal !== undefined && EMPTY_AT_FIRST.has(signal.aggregate) ? name : undefined;
}
