import type { Decision, Finding, FleetSource, LocatedProblem } from '@reeve/contracts';
import { ReeveError } from '../../lib/index.ts';
import { PolicyEngine } from '../../policies/index.ts';
import { candidateFleet, type Fleet, type FleetPart } from '../../registry/index.ts';
import { noRisk, type RiskAssessment, type RiskAssessor } from '../../risk/index.ts';
import { decisionOf } from '../stages/decide.ts';
import { type CandidateCall, policyRequestOf, riskFactsOf, type ToldCall, toldCall } from './candidate-call.ts';

/** What a candidate thinks of one call. */
export interface Judged {
  readonly decision: Decision;
  /** Money at stake, as the candidate's declaration of the tool says. */
  readonly amount: number | undefined;
  readonly assessment: RiskAssessment | undefined;
}

/** Rules of risk with a state of their own. */
export type CandidateRisk = RiskAssessor & FleetPart;

interface CandidateParts {
  readonly risk?: CandidateRisk | undefined;
}

/**
 * A fleet that is not in force, asked what it would decide. It has parts and a state of its own: nothing that serves traffic is read
 * or written. The stages that it stands in for are `assess`, `authorize` and `decide`.
 */
export class Candidate {
  readonly fleet: Fleet;
  readonly policies: PolicyEngine;
  readonly #risk: RiskAssessor;

  private constructor(fleet: Fleet, policies: PolicyEngine, risk: RiskAssessor) {
    this.fleet = fleet;
    this.policies = policies;
    this.#risk = risk;
  }

  /** Compiles a source as an apply would; without a candidate where it has problems. */
  static async ofSource(
    source: FleetSource,
    parts: CandidateParts = {},
    workspace?: string,
  ): Promise<{ candidate: Candidate | undefined; problems: readonly LocatedProblem[] }> {
    const policies = new PolicyEngine();
    const own = [policies, ...(parts.risk === undefined ? [] : [parts.risk])];
    const { fleet, problems, activate } = await candidateFleet(source, own, workspace);
    if (problems.length > 0) return { candidate: undefined, problems };
    activate();
    return { candidate: new Candidate(fleet, policies, parts.risk ?? noRisk), problems };
  }

  /** Takes a fleet that was compiled before. */
  static async ofFleet(fleet: Fleet, parts: CandidateParts = {}): Promise<Candidate> {
    const policies = new PolicyEngine();
    for (const part of [policies, ...(parts.risk === undefined ? [] : [parts.risk])]) {
      const { problems, activate } = await part.prepare(fleet);
      const [first] = problems;
      if (first !== undefined) throw new ReeveError('invalid_fleet', `the fleet has a problem: ${first.message}`);
      activate();
    }
    return new Candidate(fleet, policies, parts.risk ?? noRisk);
  }

  /** The call counts in the candidate's signals until it is withdrawn. */
  judge(call: CandidateCall): Judged | Promise<Judged> {
    const told = toldCall(this.fleet, call);
    if ('finding' in told) return this.#judged(call, [told.finding], undefined, undefined);
    if (call.risk !== undefined) return this.#authorized(call, told, call.risk, call.findings, undefined);
    const assessment = this.#risk.assess(riskFactsOf(this.fleet, call, told));
    if (assessment instanceof Promise) return assessment.then((late) => this.#assessed(call, told, late));
    return this.#assessed(call, told, assessment);
  }

  #assessed(call: CandidateCall, told: ToldCall, assessment: RiskAssessment): Judged {
    return this.#authorized(call, told, assessment.score, [...call.findings, ...assessment.findings], assessment);
  }

  #authorized(
    call: CandidateCall,
    told: ToldCall,
    risk: number,
    findings: readonly Finding[],
    assessment: RiskAssessment | undefined,
  ): Judged {
    const permitted = this.policies.authorize(policyRequestOf(this.fleet, call, told, risk));
    return this.#judged(call, [...findings, ...permitted], told.amount, assessment, risk);
  }

  #judged(
    call: CandidateCall,
    findings: readonly Finding[],
    amount: number | undefined,
    assessment: RiskAssessment | undefined,
    risk = call.risk ?? 0,
  ): Judged {
    return { decision: { ...decisionOf(findings, this.fleet.version), risk }, amount, assessment };
  }
}
