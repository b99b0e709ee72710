import type { Decision, FleetSource, LocatedProblem } from '@reeve/contracts';
import { newId } from '../../../lib/index.ts';
import { readFleetDirectory, readPolicyTests } from '../../../registry/index.ts';
import { Candidate } from '../candidate.ts';
import { callOf, earlierCalls } from './case-calls.ts';
import { caseRisk } from './case-risks.ts';
import { caseTime } from './case-time.ts';
import { type CaseVerdict, mismatch, verdictOf } from './check-case.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { type PlacedCase, readCases } from './read-cases.ts';

export interface PolicyTestReport {
  /** Not empty: nothing was run. */
  readonly problems: readonly LocatedProblem[];
  readonly results: readonly CaseResult[];
  readonly passed: number;
  readonly failed: number;
  /** Of what the fleet brings itself; base policies are tested elsewhere. */
  readonly coverage: readonly Coverage[];
}

export interface CaseResult {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly name: string;
  readonly agent: string;
  readonly target: string;
  readonly expected: string;
  readonly got: CaseVerdict;
  /** What is wrong; undefined where the case passed. */
  readonly fault: string | undefined;
}

const NOTHING_RUN = { results: [], passed: 0, failed: 0, coverage: [] };

/** Runs the cases beside the policies of a fleet directory through the engine that serves traffic, without a server. */
export async function testPolicies(directory: string): Promise<PolicyTestReport> {
  return runPolicyTests(await readFleetDirectory(directory), await readPolicyTests(directory));
}

export async function runPolicyTests(
  source: FleetSource,
  tests: readonly { readonly path: string; readonly text: string }[],
): Promise<PolicyTestReport> {
  await using checking = caseRisk(0);
  const { candidate, problems } = await Candidate.ofSource(source, { risk: checking });
  if (candidate === undefined) return { problems, ...NOTHING_RUN };
  const read = await readCases(tests, candidate.fleet);
  if (read.problems.length > 0) return { problems: read.problems, ...NOTHING_RUN };
  const results: CaseResult[] = [];
  const decisions: Decision[] = [];
  for (const placed of read.cases) {
    const decision = await decideCase(candidate, placed);
    decisions.push(decision);
    results.push(resultOf(placed, decision));
  }
  const failed = results.filter(({ fault }) => fault !== undefined).length;
  return {
    problems: [],
    results,
    passed: results.length - failed,
    failed,
    coverage: coverageOf(candidate, decisions),
  };
}

/** Each case begins with a state of its own. */
async function decideCase(candidate: Candidate, placed: PlacedCase): Promise<Decision> {
  const { fleet } = candidate;
  const atMs = caseTime(placed.case.time, fleet.settings.timeZone);
  const run = newId('run', atMs);
  const call = callOf(placed, atMs, run);
  if (fleet.riskRules.size === 0 || placed.case.risk !== undefined) return (await candidate.judge(call)).decision;
  await using risk = caseRisk(atMs, placed.case);
  const own = await candidate.withRisk(risk);
  for (const earlier of earlierCalls(placed, atMs, run)) await own.judge(earlier);
  return (await own.judge(call)).decision;
}

function resultOf(placed: PlacedCase, decision: Decision): CaseResult {
  const { case: one, agent, tool, model, file, line, column } = placed;
  const got = verdictOf(decision);
  const target = tool ?? model ?? '';
  const fault = mismatch(one, got);
  return { file, line, column, name: one.name, agent, target, expected: one.expect, got, fault };
}
