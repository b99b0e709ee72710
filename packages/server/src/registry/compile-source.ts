import type { FleetSource, LocatedProblem } from '@reeve/contracts';
import type { Fleet, FleetProblem } from './fleet.ts';
import { buildFleet, DEFAULT_WORKSPACE } from './fleet-build.ts';
import { type FleetItems, policyItem } from './fleet-item.ts';
import { referenceProblems } from './fleet-references.ts';
import { objectKey } from './object-key.ts';
import { createPace } from './pace.ts';
import { atStart, fileProblems, isPolicy, isPolicyTest, normalText } from './source-file.ts';
import { type ObjectPlaces, SourceReader } from './source-reader.ts';
import { expressionFaults } from './tool-expressions.ts';
import { readYaml } from './yaml-document.ts';

const MAX_PROBLEMS = 200;

/** A source made into a fleet; of no use where it has problems. */
export interface CompiledSource {
  readonly fleet: Fleet;
  readonly items: FleetItems;
  readonly problems: readonly LocatedProblem[];
  /** Turns what a feature found into file, line and column of this source. */
  readonly locate: (problem: FleetProblem) => LocatedProblem;
}

/** `known` are the items in force, which are taken over where nothing changed; `workspace` counts where the source names none. */
export async function compileSource(
  source: FleetSource,
  known: FleetItems,
  workspace: string = DEFAULT_WORKSPACE,
): Promise<CompiledSource> {
  const problems = fileProblems(source);
  const pace = createPace();
  const reader = new SourceReader(known);
  const refused = new Set(problems.map(({ file }) => file));
  let readable = refused.size === 0;
  for (const { path, text } of source.files) {
    if (refused.has(path) || refused.has('.') || isPolicyTest(path)) continue;
    if (isPolicy(path)) {
      reader.add(policyItem(path, normalText(text)));
      continue;
    }
    const before = problems.length;
    for (const document of await readYaml({ path, text: normalText(text) }, pace, problems)) {
      reader.read(document);
      await pace();
    }
    if (problems.length > before) readable = false;
  }
  const fleet = buildFleet(reader.workspace ?? workspace, reader.items);
  const locate = (problem: FleetProblem) => locateIn(reader.places, problem);
  problems.push(...reader.problems);
  for (const problem of expressionProblems(fleet)) problems.push(locate(problem));
  // What a file that cannot be read would have declared is unknown, so nothing can be called missing.
  if (readable && !reader.anonymous)
    for (const problem of referenceProblems(fleet, reader.faulty)) problems.push(locate(problem));
  return { fleet, items: reader.items, problems: sortProblems(problems), locate };
}

export function sortProblems(problems: readonly LocatedProblem[]): LocatedProblem[] {
  const sorted = [...problems].sort(
    (a, b) => order(a.file, b.file) || a.line - b.line || a.column - b.column || order(a.message, b.message),
  );
  if (sorted.length <= MAX_PROBLEMS) return sorted;
  return [...sorted.slice(0, MAX_PROBLEMS), atStart('.', `and ${sorted.length - MAX_PROBLEMS} more problems`)];
}

/** Problems of a fleet that comes from the store: its objects have no place in a file. */
export function locateStored({ object, path, file, line, column, message }: FleetProblem): LocatedProblem {
  if (object === undefined) return { file: file ?? '.', line: line ?? 1, column: column ?? 1, message };
  const where = path === undefined || path.length === 0 ? '' : `${path.join('.')}: `;
  return atStart(objectKey(object.kind, object.name), where + message);
}

function locateIn(places: ObjectPlaces, problem: FleetProblem): LocatedProblem {
  const place = problem.object && places.get(objectKey(problem.object.kind, problem.object.name));
  if (place === undefined) return locateStored(problem);
  return { file: place.file, ...place.locate(problem.path ?? [], 'value'), message: problem.message };
}

function expressionProblems(fleet: Fleet): FleetProblem[] {
  const problems: FleetProblem[] = [];
  for (const { kind, name, tools } of fleet.toolServers.values())
    for (const [tool, declaration] of Object.entries(tools))
      for (const fault of expressionFaults(declaration))
        problems.push({ object: { kind, name }, path: ['tools', tool, ...fault.path], message: fault.message });
  return problems;
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
