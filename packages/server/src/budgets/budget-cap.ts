import { type Cap, usdToNano } from '@reeve/contracts';
import type { Fleet, FleetProblem } from '../registry/index.ts';
import type { Charge, Spender } from './reservation.ts';

export type Measure = 'usd' | 'tokens' | 'calls';
type ScopeKind = 'workspace' | 'agent' | 'feature' | 'user';

/** One cap of the fleet, ready to be asked. `usd` is counted in nano-dollars. */
export interface CapRule {
  readonly cap: Cap;
  /** Source, window and measure: what is spent stays with it when only the limit changes. */
  readonly id: string;
  /** Where it is written: `agent refund` or `budget per-user`. */
  readonly source: string;
  readonly kind: ScopeKind;
  /** Whose spend it caps; `*` gives every value a cap of its own. */
  readonly value: string;
  readonly measure: Measure;
  readonly limit: number;
  /** E-mail addresses told when it is reached. */
  readonly tell: readonly string[];
}

/** The caps of one workspace, by agent, so that a reservation touches only what may apply. */
export interface CapPlan {
  readonly timeZone: string;
  readonly byAgent: ReadonlyMap<string, readonly CapRule[]>;
  readonly all: readonly CapRule[];
}

export function compileCaps(fleet: Fleet): { readonly plan: CapPlan; readonly problems: readonly FleetProblem[] } {
  const problems = checkTimeZone(fleet);
  const all: CapRule[] = [];
  for (const agent of fleet.agents.values()) {
    const base = { source: `agent ${agent.name}`, kind: 'agent', value: agent.name, tell: [agent.owner] } as const;
    all.push(...agent.budgets.map((cap) => toRule(cap, base)));
  }
  const owner = fleet.settings.owner;
  for (const budget of fleet.budgets.values()) {
    const [kind, named] = scopeOf(budget.for);
    const value = kind === 'workspace' ? fleet.workspace : named;
    if (kind === 'agent' && value !== '*' && !fleet.agents.has(value)) problems.push(unknownAgent(budget.name, value));
    const asOwner = kind === 'agent' ? (fleet.agents.get(value)?.owner ?? owner) : owner;
    const tell = asOwner === undefined ? budget.tell : [asOwner, ...budget.tell];
    all.push(...budget.caps.map((cap) => toRule(cap, { source: `budget ${budget.name}`, kind, value, tell })));
  }
  const rules = strictest(all);
  const byAgent = new Map(
    [...fleet.agents.keys()].map((agent) => [agent, rules.filter((rule) => mayConcern(rule, agent))]),
  );
  return { plan: { timeZone: fleet.settings.timeZone, byAgent, all: rules }, problems };
}

/** Which value of the rule's scope this spender has; undefined where the cap does not apply. */
export function valueFor(rule: CapRule, spender: Spender): string | undefined {
  if (rule.kind === 'workspace') return rule.value;
  const own =
    rule.kind === 'agent'
      ? spender.agent
      : rule.kind === 'feature'
        ? spender.attribution.feature
        : spender.attribution.user;
  return own !== undefined && (rule.value === '*' || rule.value === own) ? own : undefined;
}

export function amountOf(measure: Measure, charge: Charge): number {
  if (measure === 'usd') return charge.nanoUsd;
  return measure === 'tokens' ? charge.tokens : charge.calls;
}

function toRule(cap: Cap, base: Pick<CapRule, 'source' | 'kind' | 'value' | 'tell'>): CapRule {
  const [measure, limit] = measureOf(cap);
  return { ...base, id: ruleId(base.source, cap.per, measure), cap, measure, limit };
}

function measureOf(cap: Cap): [Measure, number] {
  if (cap.usd !== undefined) return ['usd', usdToNano(cap.usd)];
  return cap.tokens === undefined ? ['calls', cap.calls ?? 0] : ['tokens', cap.tokens];
}

export function ruleId(source: string, per: string, measure: string): string {
  return `${source}|${per}|${measure}`;
}

function scopeOf(scope: object): [ScopeKind, string] {
  const [kind, value] = Object.entries(scope)[0] ?? ['workspace', true];
  return [kind as ScopeKind, String(value)];
}

/** Two caps of one object over the same window and measure are one cap: the lower. */
function strictest(rules: readonly CapRule[]): readonly CapRule[] {
  const kept = new Map<string, CapRule>();
  for (const rule of rules) {
    const other = kept.get(rule.id);
    if (other === undefined || rule.limit < other.limit) kept.set(rule.id, rule);
  }
  return [...kept.values()];
}

function mayConcern(rule: CapRule, agent: string): boolean {
  return rule.kind !== 'agent' || rule.value === '*' || rule.value === agent;
}

function checkTimeZone(fleet: Fleet): FleetProblem[] {
  try {
    new Intl.DateTimeFormat('en', { timeZone: fleet.settings.timeZone });
    return [];
  } catch {
    const message = `"${fleet.settings.timeZone}" is not a time zone; write an IANA name such as Europe/Berlin or UTC`;
    return [{ object: { kind: 'Workspace', name: fleet.settings.name }, path: ['timeZone'], message }];
  }
}

function unknownAgent(budget: string, agent: string): FleetProblem {
  const message = `there is no agent "${agent}", so this budget would cap nothing; name an agent of the fleet or "*"`;
  return { object: { kind: 'Budget', name: budget }, path: ['for', 'agent'], message };
}
