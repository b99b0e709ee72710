import type { Decision, Finding, FleetSource, LocatedProblem } from '@reeve/contracts';
import { ApprovalRules, requirementOf } from '../../approvals/index.ts';
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
  /** Undefined for a model, and where the call was refused before it was known. */
  readonly tool: ToldCall['tool'];
  readonly assessment: RiskAssessment | undefined;
}

export interface CandidateRule {
  readonly rule: string;
  readonly by: 'policy' | 'risk';
  readonly file: string | null;
}

/** Rules of risk with a state of their own. */
export type CandidateRisk = RiskAssessor & FleetPart;

interface CandidateParts {
  readonly risk?: CandidateRisk | undefined;
}

/**
 * A fleet that is not in force, asked what it would decide. It has parts and a state of its own: nothing that serves traffic is read
 * or written. It stands in for the stages `assess`, `authorize` and `decide`.
 */
export class Candidate {
  readonly fleet: Fleet;
  readonly policies: PolicyEngine;
  readonly approvals: ApprovalRules;
  readonly #risk: RiskAssessor;

  private constructor(fleet: Fleet, policies: PolicyEngine, risk: RiskAssessor) {
    this.fleet = fleet;
    this.policies = policies;
    this.approvals = new ApprovalRules(fleet);
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

  /** The same fleet over another state of risk. */
  async withRisk(risk: CandidateRisk): Promise<Candidate> {
    const { problems, activate } = await risk.prepare(this.fleet);
    const [first] = problems;
    if (first !== undefined) throw new ReeveError('invalid_fleet', `the fleet has a problem: ${first.message}`);
    activate();
    return new Candidate(this.fleet, this.policies, risk);
  }

  /** What the fleet brings itself that can have a say. */
  rules(): readonly CandidateRule[] {
    const policies = this.policies.list(this.fleet.workspace).filter(({ base }) => !base);
    const risk = [...this.fleet.riskRules.values()].flatMap(({ name, rules, sequences }) =>
      [...rules, ...sequences].map(({ id }) => `${name}/${id}`),
    );
    return [
      ...policies.map(({ id, file }) => ({ rule: id, by: 'policy' as const, file })),
      ...risk.map((rule) => ({ rule, by: 'risk' as const, file: null })),
    ];
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
    const findings = [...call.findings, ...assessment.findings];
    return this.#authorized(call, told, assessment.score, findings, assessment);
  }

  #authorized(
    call: CandidateCall,
    told: ToldCall,
    risk: number,
    findings: readonly Finding[],
    assessment: RiskAssessment | undefined,
  ): Judged {
    const required = this.#requirement(told);
    const permitted = this.policies.authorize(policyRequestOf(this.fleet, call, told, risk));
    const all = required === undefined ? [...findings, ...permitted] : [...findings, required, ...permitted];
    return this.#judged(call, all, told, assessment, risk);
  }

  /** Whether it must wait for a person whatever its risk. */
  #requirement({ agent, tool, effect }: ToldCall): Finding | undefined {
    if (tool === undefined) return undefined;
    const { name: target, declaration, reversible } = tool;
    const facts = { agent, target, effect, declaration, reversible };
    return requirementOf(facts, this.approvals.of(agent.name, target, effect));
  }

  #judged(
    call: CandidateCall,
    findings: readonly Finding[],
    told: ToldCall | undefined,
    assessment: RiskAssessment | undefined,
    risk = call.risk ?? 0,
  ): Judged {
    const decision = { ...decisionOf(findings, this.fleet.version), risk };
    return { decision, amount: told?.amount, tool: told?.tool, assessment };
  }
}
