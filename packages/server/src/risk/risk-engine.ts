import type { Fleet, FleetPart } from '../registry/index.ts';
import type { Storage } from '../storage/index.ts';
import { type Conclusion, conclude } from './judge/conclusion.ts';
import { Judgement } from './judge/judgement.ts';
import { FleetRules, type RulesInForce } from './judge/rules-in-force.ts';
import type { AskModel } from './opinion/ask-model.ts';
import { type OpinionEvent, secondOpinion } from './opinion/second-opinion.ts';
import { noRisk, type RiskAssessment, type RiskAssessor, type RiskFacts } from './risk-assessor.ts';
import { compileRules } from './rules/compile-rules.ts';
import type { KnownSchema } from './rules/known-tools.ts';
import { LocalClock } from './schedules/local-minute.ts';
import { type OpenMatches, SequenceBook } from './sequences/sequence-book.ts';
import { type Counted, type SignalReader, Signals } from './signals/signals.ts';
import { type AgentHistory, AgentTrust, type Evidence } from './thresholds/agent-trust.ts';

export interface RiskAlert {
  readonly workspace: string;
  readonly agent: string;
  readonly run: string;
  readonly action: string;
  readonly tool: string;
  readonly rule: string;
  readonly say: string;
  readonly risk: number;
}

export interface RiskEngineOptions {
  readonly storage: Storage;
  readonly history: AgentHistory;
  /** In the place of its own: a replay or a test may know better. */
  readonly signals?: SignalReader & AsyncDisposable;
  /** Without it, every second opinion holds. */
  readonly ask?: AskModel;
  /** Schemas that no fleet file has, such as those of pinned MCP tools. */
  readonly knownSchema?: KnownSchema;
  readonly onAlert: (alert: RiskAlert) => void;
  readonly onOpinion: (event: OpinionEvent) => void;
  readonly onFault: (message: string, error: unknown) => void;
  readonly now?: () => number;
}

/** Judges actions by the RiskRules of their fleet and by what happened before. */
export class RiskEngine implements RiskAssessor, FleetPart, AsyncDisposable {
  readonly #options: RiskEngineOptions;
  readonly #now: () => number;
  readonly #clock = new LocalClock();
  readonly #signals: SignalReader & AsyncDisposable;
  readonly #sequences: SequenceBook;
  readonly #trust: AgentTrust;
  readonly #fleets = new Map<string, FleetRules>();

  constructor(options: RiskEngineOptions) {
    const { storage, onFault, now = Date.now } = options;
    this.#options = options;
    this.#now = now;
    this.#signals = options.signals ?? new Signals({ storage, onFault, now });
    this.#sequences = new SequenceBook({ storage, onFault, now });
    this.#trust = new AgentTrust(options.history);
  }

  async prepare(fleet: Fleet): ReturnType<FleetPart['prepare']> {
    const known = this.#options.knownSchema ?? unknownSchema;
    // A stored fleet must load whatever servers changed since: what they were seen to offer counts only for a new one.
    const checked = this.#fleets.has(fleet.workspace) ? known : unknownSchema;
    const all = [...fleet.riskRules.values()].map((rules) => compileRules(fleet, rules, this.#clock, checked));
    const rules = new FleetRules(
      fleet,
      all.map(({ compiled }) => compiled),
      known,
    );
    return {
      problems: all.flatMap(({ problems }) => problems),
      activate: () => {
        this.#fleets.set(fleet.workspace, rules);
      },
    };
  }

  assess(facts: RiskFacts): RiskAssessment | Promise<RiskAssessment> {
    const rules = this.#fleets.get(facts.workspace);
    if (rules === undefined || rules.isEmpty) return noRisk.assess(facts);
    const plan = rules.about(facts);
    if (plan.silent) return noRisk.assess(facts);
    const { workspace, agent, atMs } = facts;
    if (plan.newAgents.length === 0) return this.#assess(facts, plan, undefined);
    const evidence = this.#trust.evidence(workspace, agent.name, plan.newAgents, atMs);
    if (evidence instanceof Promise) return evidence.then((known) => this.#assess(facts, plan, known));
    return this.#assess(facts, plan, evidence);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sequences[Symbol.asyncDispose]();
    await this.#signals[Symbol.asyncDispose]();
  }

  #assess(facts: RiskFacts, plan: RulesInForce, evidence: Evidence | undefined) {
    const judgement = new Judgement(facts, plan.planned);
    const matches = this.#sequences.open(facts.workspace, judgement.candidates);
    const judge = (open: OpenMatches) => this.#whenLoaded(judgement, plan, evidence, open);
    return matches instanceof Promise ? matches.then(judge) : judge(matches);
  }

  #whenLoaded(judgement: Judgement, plan: RulesInForce, evidence: Evidence | undefined, matches: OpenMatches) {
    const { facts } = judgement;
    const work = () => this.#judge(judgement, plan, evidence, matches);
    const failed = (error: unknown): never => {
      matches.withdraw();
      matches.close();
      throw error;
    };
    const done = (assessment: RiskAssessment): RiskAssessment => {
      matches.close();
      return assessment;
    };
    try {
      const assessment = this.#signals.whenLoaded(facts.workspace, judgement.refs, facts.atMs, work);
      return assessment instanceof Promise ? assessment.then(done, failed) : done(assessment);
    } catch (error) {
      return failed(error);
    }
  }

  /** In one turn: reads, judges, and counts unless it denies, so that what is denied is in nobody's way. */
  #judge(
    judgement: Judgement,
    plan: RulesInForce,
    evidence: Evidence | undefined,
    matches: OpenMatches,
  ): RiskAssessment {
    const { facts, events } = judgement;
    judgement.judge(this.#signals, matches);
    const conclusion = conclude(judgement.spoken, judgement.untold, plan, evidence);
    if (facts.dryRun === true) {
      matches.withdraw();
      return this.#assessment(judgement, plan, { ...conclusion, stop: undefined }, undefined);
    }
    this.#alert(judgement, conclusion);
    if (!conclusion.denied) {
      const counted = this.#signals.count(facts.workspace, events, facts.action, facts.atMs);
      return this.#assessment(judgement, plan, conclusion, { counted, matches });
    }
    matches.withdraw();
    if (plan.newAgents.length > 0) this.#trust.refused(facts.workspace, facts.agent.name, facts.atMs);
    return this.#assessment(judgement, plan, conclusion, undefined);
  }

  #assessment(
    judgement: Judgement,
    plan: RulesInForce,
    { score, findings, stop, declassifiedBy }: Conclusion,
    remembered: { readonly counted: Counted; readonly matches: OpenMatches } | undefined,
  ): RiskAssessment {
    const consult = this.#consult(judgement, plan, score);
    return {
      score,
      findings,
      ...(stop === undefined ? {} : { stop }),
      ...(declassifiedBy === undefined ? {} : { declassifiedBy }),
      statements: () =>
        remembered === undefined ? [] : [...remembered.counted.statements(), ...remembered.matches.statements()],
      withdraw: () => {
        remembered?.counted.withdraw();
        remembered?.matches.withdraw();
      },
      ...(consult === undefined ? {} : { consult }),
    };
  }

  #consult({ facts, spoken }: Judgement, plan: RulesInForce, score: number): RiskAssessment['consult'] | undefined {
    const wanted = plan.planned.flatMap(({ opinions }) => opinions.filter(({ minRisk }) => score >= minRisk));
    if (wanted.length === 0) return undefined;
    const { ask = nobody, onOpinion } = this.#options;
    const parts = { ask, onOpinion, now: this.#now };
    const subject = { facts, score, spoken };
    return async (signal) =>
      (await Promise.all(wanted.map((opinion) => secondOpinion(parts, opinion, subject, signal)))).flat();
  }

  #alert({ facts, spoken }: Judgement, { score }: Conclusion): void {
    for (const { speech, words } of spoken) {
      if (!speech.alert || !speech.enforced) continue;
      const { workspace, agent, run, action, target } = facts;
      const whose = { workspace, agent: agent.name, run, action, tool: target };
      this.#options.onAlert({ ...whose, rule: speech.ref, say: words, risk: score });
    }
  }
}

const unknownSchema: KnownSchema = () => undefined;

function nobody(): Promise<never> {
  return Promise.reject(new Error('no model can be asked here'));
}
