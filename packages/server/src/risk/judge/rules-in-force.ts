import type { Agent, RiskRules } from '@reeve/contracts';
import { BoundedMap } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { RiskFacts } from '../risk-assessor.ts';
import type { CompiledRules } from '../rules/compiled-rules.ts';
import type { KnownSchema } from '../rules/known-tools.ts';
import type { NewAgentLevels } from '../thresholds/levels.ts';
import { judges, type PlannedRules, planRules } from './plan.ts';
import { reversibilityWord } from './variables.ts';

const MAX_PLANS = 20_000;

/** Everything that could matter to calls of one tool by one agent. */
export interface RulesInForce {
  readonly planned: readonly PlannedRules[];
  /** Whether nothing can be said of such a call, and nothing is to be remembered of it. */
  readonly silent: boolean;
  /** Of all RiskRules that judge the agent, whatever the tool. */
  readonly thresholds: readonly NonNullable<RiskRules['thresholds']>[];
  readonly newAgents: readonly NewAgentLevels[];
  /** Of those that are on trial. */
  readonly trialThresholds: readonly NonNullable<RiskRules['thresholds']>[];
}

/** RiskRules of one fleet, sorted by what they are about the first time that it is called. */
export class FleetRules {
  readonly #fleet: Fleet;
  readonly #rules: readonly CompiledRules[];
  readonly #known: KnownSchema;
  readonly #plans = new BoundedMap<string, { readonly agent: Agent; readonly plan: RulesInForce }>(MAX_PLANS);

  constructor(fleet: Fleet, rules: readonly CompiledRules[], known: KnownSchema) {
    this.#fleet = fleet;
    this.#rules = rules;
    this.#known = known;
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  about(facts: RiskFacts): RulesInForce {
    const { agent, kind, target, effect, reversible } = facts;
    const key = `${agent.name} ${kind} ${effect} ${reversibilityWord(reversible)} ${target}`;
    const known = this.#plans.get(key);
    // What was identified before an apply and is judged after it has an agent of another version, whose plan is none of the others.
    if (known?.agent === agent) return known.plan;
    const plan = this.#plan(facts);
    this.#plans.set(key, { agent, plan });
    return plan;
  }

  #plan(facts: RiskFacts): RulesInForce {
    const judging = this.#rules.filter((rules) => judges(rules, facts));
    const planned = planRules(this.#fleet, judging, facts, this.#known).filter(matters);
    const thresholdsOf = (enforced: boolean) =>
      judging.flatMap((rules) => (rules.enforced === enforced && rules.thresholds ? [rules.thresholds] : []));
    const thresholds = thresholdsOf(true);
    const trialThresholds = thresholdsOf(false);
    const newAgents = [...thresholds, ...trialThresholds].flatMap((one) => one.newAgents ?? []);
    return { planned, silent: planned.length === 0, thresholds, newAgents, trialThresholds };
  }
}

function matters({ when, counts, sequences, opinions }: PlannedRules): boolean {
  return when.length > 0 || counts.length > 0 || sequences.length > 0 || opinions.length > 0;
}
