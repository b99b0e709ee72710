import type { FleetSource, LocatedProblem } from '@reeve/contracts';
import { compileSource, sortProblems } from './compile-source.ts';
import type { Fleet, FleetPart } from './fleet.ts';
import { prepareParts } from './fleet-parts.ts';

/** A fleet that was compiled and is not in force. Parts are to be the candidate's own: activating puts it in force in them. */
export interface CandidateFleet {
  readonly fleet: Fleet;
  /** Not empty: of no use. */
  readonly problems: readonly LocatedProblem[];
  readonly activate: () => void;
}

/** Compiles a source as an apply would, and applies nothing. */
export async function candidateFleet(
  source: FleetSource,
  parts: readonly FleetPart[],
  workspace?: string,
): Promise<CandidateFleet> {
  const { fleet, problems, locate } = await compileSource(source, new Map(), workspace);
  if (problems.length > 0) return { fleet, problems, activate: () => undefined };
  const prepared = await prepareParts(parts, fleet, locate);
  return { fleet, problems: sortProblems(prepared.problems), activate: prepared.activate };
}
