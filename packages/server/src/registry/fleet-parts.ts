import type { LocatedProblem } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import { sortProblems } from './compile-source.ts';
import type { Fleet, FleetPart, FleetProblem } from './fleet.ts';

export interface PreparedFleet {
  readonly problems: readonly LocatedProblem[];
  /** Puts the fleet in force in all features, without a turn of the event loop between them. */
  readonly activate: () => void;
}

export async function prepareParts(
  parts: readonly FleetPart[],
  fleet: Fleet,
  locate: (problem: FleetProblem) => LocatedProblem,
): Promise<PreparedFleet> {
  const prepared = await Promise.all(parts.map((part) => part.prepare(fleet)));
  return {
    problems: sortProblems(prepared.flatMap(({ problems }) => problems.map(locate))),
    activate: () => {
      for (const part of prepared) part.activate();
    },
  };
}

/** The refusal of a fleet, every problem on a line of its own. */
export function invalidFleet(problems: readonly LocatedProblem[]): ReeveError {
  const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new ReeveError('invalid_fleet', [`the fleet has ${count}`, ...lines].join('\n'), { detail: problems });
}

/** The problems of a refusal, for a reply that lists them. */
export function problemsOf(error: unknown): readonly LocatedProblem[] | undefined {
  if (!(error instanceof ReeveError) || error.code !== 'invalid_fleet' || !Array.isArray(error.detail))
    return undefined;
  return error.detail as readonly LocatedProblem[];
}
