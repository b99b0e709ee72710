import { type LocatedProblem, type PolicyTest, type PolicyTestCase, policyTestSchema } from '@reeve/contracts';
import { type Fleet, type ReadDocument, readDocuments } from '../../../registry/index.ts';
import { serverOf } from '../candidate-call.ts';

/** A case with what its file says for all of them, and where it stands. */
export interface PlacedCase {
  readonly case: PolicyTestCase;
  readonly agent: string;
  /** `server.tool`; undefined where it is about a model. */
  readonly tool: string | undefined;
  readonly model: string | undefined;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

interface ReadCases {
  readonly cases: readonly PlacedCase[];
  readonly problems: readonly LocatedProblem[];
}

const MAX_CASES = 10_000;

export async function readCases(files: readonly SourceFile[], fleet: Fleet): Promise<ReadCases> {
  const cases: PlacedCase[] = [];
  const problems: LocatedProblem[] = [];
  for (const file of files) {
    const { documents, problems: faults } = await readDocuments(file, policyTestSchema);
    problems.push(...faults);
    for (const document of documents) {
      for (const [index, one] of document.value.cases.entries()) {
        const placed = placeCase(document, index, one, fleet);
        if ('message' in placed) problems.push(placed);
        else cases.push(placed);
      }
    }
    if (cases.length > MAX_CASES) {
      const message = `at most ${MAX_CASES} cases are run at once; test a part of the directory`;
      return { cases: [], problems: [{ file: file.path, line: 1, column: 1, message }] };
    }
  }
  return { cases, problems };
}

function placeCase(
  { value, file, locate }: ReadDocument<PolicyTest>,
  index: number,
  one: PolicyTestCase,
  fleet: Fleet,
): PlacedCase | LocatedProblem {
  const at = (field: string) => ({ file, ...locate(['cases', index, field], 'value') });
  const agent = one.agent ?? value.agent;
  if (agent === undefined) return { ...at('agent'), message: 'name the agent, here or above the cases' };
  if (!fleet.agents.has(agent)) return { ...at('agent'), message: unknown('agent', agent, fleet.agents) };
  const own = one.tool !== undefined || one.model !== undefined;
  const { tool, model } = own ? one : value;
  if ((tool === undefined) === (model === undefined))
    return { ...at(own ? 'tool' : 'name'), message: 'say what is called: a tool or a model, here or above the cases' };
  if (tool !== undefined && !fleet.toolServers.has(serverOf(tool)))
    return { ...at('tool'), message: unknown('tool server', serverOf(tool), fleet.toolServers) };
  const labels = one.labels ?? value.labels;
  const time = one.time ?? value.time;
  const whole = { ...one, ...(labels && { labels }), ...(time !== undefined && { time }) };
  return { case: whole, agent, tool, model, ...at('expect') };
}

const MAX_NAMES_SHOWN = 8;

function unknown(noun: string, name: string, known: ReadonlyMap<string, unknown>): string {
  const names = [...known.keys()].sort();
  const shown = names.slice(0, MAX_NAMES_SHOWN).join(', ') + (names.length > MAX_NAMES_SHOWN ? ', ...' : '');
  return `no ${noun} is named "${name}"; ${names.length === 0 ? 'there is none' : `there are ${shown}`}`;
}
