import { type Approvals, durationMs, type Effect } from '@reeve/contracts';
import { canonicalAddress } from '../lib/index.ts';
import type { Fleet, FleetProblem } from '../registry/index.ts';

/** From weakest to strictest. `pilot` waits for what is declared irreversible, the others as the Approvals kind describes. */
const REQUIREMENTS = ['risky', 'pilot', 'irreversible', 'not-reversible', 'always'] as const;
export type Requirement = (typeof REQUIREMENTS)[number];

/** What all Approvals objects that cover a call say together. */
export interface ApprovalRule {
  /** Most specific first. */
  readonly objects: readonly string[];
  readonly require: Requirement;
  /** Which object asks for it. */
  readonly requiredBy: string | undefined;
  readonly quorum: number;
  readonly separation: boolean;
  readonly approvers: readonly string[];
  readonly escalate: readonly { readonly afterMs: number; readonly to: readonly string[] }[];
  readonly expiryMs: number;
  readonly holdMs: number;
  readonly batchMs: number;
}

const MAX_CACHED_RULES = 20_000;
const DEFAULT_EXPIRY_MS = 3_600_000;
const NO_OBJECT: ApprovalRule = {
  objects: [],
  require: 'risky',
  requiredBy: undefined,
  quorum: 1,
  separation: true,
  approvers: [],
  escalate: [],
  expiryMs: DEFAULT_EXPIRY_MS,
  holdMs: 0,
  batchMs: 0,
};

/** The Approvals objects of one fleet. */
export class ApprovalRules {
  readonly #objects: readonly Approvals[];
  readonly #cache = new Map<string, ApprovalRule>();

  constructor(fleet: Fleet) {
    this.#objects = [...fleet.approvals.values()];
  }

  of(agent: string, target: string, effect: Effect): ApprovalRule {
    if (this.#objects.length === 0) return NO_OBJECT;
    const key = `${agent} ${target} ${effect}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const rule = combine(this.#objects.filter((object) => covers(object, agent, target, effect)));
    if (this.#cache.size >= MAX_CACHED_RULES) this.#cache.clear();
    this.#cache.set(key, rule);
    return rule;
  }
}

/** Who is stricter wins where that can be told: requirement, quorum, separation, expiry. The rest is the most specific object's. */
function combine(covering: readonly Approvals[]): ApprovalRule {
  if (covering.length === 0) return NO_OBJECT;
  const sorted = [...covering].sort((a, b) => specificity(b) - specificity(a) || (a.name < b.name ? -1 : 1));
  const strictest = sorted.reduce((one, other) => (rank(other.require) > rank(one.require) ? other : one));
  const [first] = sorted as [Approvals];
  const listing = sorted.find(({ approvers }) => approvers.length > 0);
  return {
    objects: sorted.map(({ name }) => name),
    require: strictest.require,
    requiredBy: strictest.name,
    quorum: Math.max(...sorted.map(({ quorum }) => quorum)),
    separation: sorted.some(({ separation }) => separation),
    approvers: listing?.approvers ?? [],
    escalate: first.escalate.map(({ after, to }) => ({ afterMs: durationMs(after), to })),
    expiryMs: Math.min(...sorted.map(({ expiry }) => durationMs(expiry))),
    holdMs: durationMs(first.hold),
    batchMs: durationMs(first.batch),
  };
}

export function rank(requirement: Requirement): number {
  return REQUIREMENTS.indexOf(requirement);
}

function covers({ agents, tools, effects }: Approvals, agent: string, target: string, effect: Effect): boolean {
  if (agents !== undefined && !agents.includes(agent)) return false;
  if (effects !== undefined && !effects.includes(effect)) return false;
  return tools === undefined || tools.some((pattern) => fits(pattern, target));
}

export function fits(pattern: string, target: string): boolean {
  return pattern.endsWith('*') ? target.startsWith(pattern.slice(0, -1)) : pattern === target;
}

/** Named tools tell more than named agents, and those more than named effects. */
function specificity({ agents, tools, effects }: Approvals): number {
  const toolScore =
    tools === undefined ? 0 : tools.every((tool) => !tool.endsWith('*')) ? 8 : tools.includes('*') ? 0 : 4;
  return toolScore + (agents === undefined ? 0 : 2) + (effects === undefined ? 0 : 1);
}

const MIN_EXPIRY_MS = 1_000;
const MAX_EXPIRY_MS = 30 * 86_400_000;

/** What can never be fulfilled: more people than are listed, or no time at all. */
export function approvalsProblems(fleet: Fleet): FleetProblem[] {
  const problems: FleetProblem[] = [];
  for (const { kind, name, agents, approvers, escalate, quorum, separation, expiry } of fleet.approvals.values()) {
    const report = (path: readonly (string | number)[], message: string) =>
      problems.push({ object: { kind, name }, path, message });
    for (const [index, agent] of (agents ?? []).entries())
      if (!fleet.agents.has(agent)) report(['agents', index], `there is no Agent "${agent}"`);
    const expiryMs = durationMs(expiry);
    if (expiryMs < MIN_EXPIRY_MS || expiryMs > MAX_EXPIRY_MS)
      report(['expiry'], 'people get at least 1s and at most 30d to decide');
    if (approvers.length === 0) continue;
    const people = new Set([...approvers, ...escalate.flatMap(({ to }) => to)].map((one) => canonicalAddress(one)));
    if (people.size < quorum) {
      report(['quorum'], `${quorum} people must approve, but only ${people.size} may`);
      continue;
    }
    if (!separation) continue;
    for (const agent of agents ?? []) {
      const { owner = '', sponsor = '' } = fleet.agents.get(agent) ?? {};
      const able = [...people].filter((one) => one !== canonicalAddress(owner) && one !== canonicalAddress(sponsor));
      if (able.length < quorum)
        report(
          ['approvers'],
          `${quorum} must approve for ${agent}, but without its owner and sponsor only ${able.length} may: name others, or set separation: false`,
        );
    }
  }
  return problems;
}
