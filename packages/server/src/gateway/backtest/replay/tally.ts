import type { BacktestReport } from '@reeve/contracts';
import type { Judged } from '../candidate.ts';
import { decidingFindings, decidingRules, isTrial, rulesOf } from '../deciding-rules.ts';
import { type RecordedCall, type RuleVerdict, ruleVerdict } from './recorded-call.ts';

const MAX_GROUPS = 1_000;
const MAX_GROUPS_SHOWN = 100;
const MAX_RULES = 10_000;
const DAY_MS = 86_400_000;

type Counts = Record<RuleVerdict, number>;
type Change = BacktestReport['changes'][number];

interface Group {
  count: number;
  amount: number;
}

/** Sums up what a candidate says of recorded calls. Bounded whatever the traffic. */
export class Tally {
  readonly recorded: Counts = { allow: 0, hold: 0, deny: 0 };
  readonly candidate: Counts = { allow: 0, hold: 0, deny: 0 };
  readonly #transitions = new Map<string, Group>();
  readonly #groups = new Map<string, Group>();
  readonly #rules = new Map<string, Counts>();
  readonly #spoke = new Set<string>();
  readonly #changes: Change[] = [];
  readonly #approvers = new Map<string, number>();
  readonly #listed: number;
  #actions = 0;
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = 0;
  #changed = 0;
  #secondOpinions = 0;

  /** @param listed how many changed calls are named */
  constructor(listed: number) {
    this.#listed = listed;
  }

  get changed(): number {
    return this.#changed;
  }

  add(recorded: RecordedCall, judged: Judged, approvers: () => readonly string[]): void {
    const { call, verdict: before } = recorded;
    const after = ruleVerdict(judged.decision.verdict);
    this.#actions++;
    this.#firstMs = Math.min(this.#firstMs, call.atMs);
    this.#lastMs = Math.max(this.#lastMs, call.atMs);
    this.recorded[before]++;
    this.candidate[after]++;
    if (judged.assessment?.consult !== undefined && after !== 'deny') this.#secondOpinions++;
    this.#addRules(judged, after);
    if (after === 'hold') for (const one of approvers()) bump(this.#approvers, one);
    if (before !== after) this.#addChange(recorded, judged, after);
  }

  /** Speaking in dry-run is speaking too. */
  #addRules({ decision }: Judged, after: RuleVerdict): void {
    for (const finding of decision.findings) {
      if (finding.by !== 'policy' && finding.by !== 'risk' && finding.by !== 'approval') continue;
      const decides = !isTrial(finding) && ruleVerdict(finding.verdict) === after;
      for (const rule of rulesOf(finding)) {
        const key = `${finding.by} ${rule}`;
        this.#spoke.add(key);
        if (!decides) continue;
        const counts = this.#rules.get(key) ?? { allow: 0, hold: 0, deny: 0 };
        counts[after]++;
        if (this.#rules.size < MAX_RULES || this.#rules.has(key)) this.#rules.set(key, counts);
      }
    }
  }

  #addChange({ call, verdict: from, rules: rulesThen }: RecordedCall, judged: Judged, to: RuleVerdict): void {
    this.#changed++;
    const amount = judged.amount ?? 0;
    addTo(this.#transitions, `${from} ${to}`, amount);
    const group = `${from} ${to} ${call.agent} ${call.target}`;
    if (this.#groups.size < MAX_GROUPS || this.#groups.has(group)) addTo(this.#groups, group, amount);
    if (this.#changes.length >= this.#listed) return;
    this.#changes.push({
      action: call.action,
      at: new Date(call.atMs).toISOString(),
      agent: call.agent,
      target: call.target,
      from,
      to,
      amount: judged.amount ?? null,
      rules: [...decidingRules(judged.decision)],
      rulesThen: [...rulesThen],
      message: decidingFindings(judged.decision)[0]?.message ?? '',
    });
  }

  spoke(by: string, rule: string): boolean {
    return this.#spoke.has(`${by} ${rule}`);
  }

  report(): Pick<
    BacktestReport,
    'actions' | 'secondOpinions' | 'recorded' | 'candidate' | 'transitions' | 'affected' | 'changes' | 'rules' | 'load'
  > {
    return {
      actions: this.#actions,
      secondOpinions: this.#secondOpinions,
      recorded: this.recorded,
      candidate: this.candidate,
      transitions: sorted(this.#transitions).map(([key, group]) => ({ ...fromTo(key), ...rounded(group) })),
      affected: sorted(this.#groups)
        .slice(0, MAX_GROUPS_SHOWN)
        .map(([key, group]) => {
          const [, , agent = '', target = ''] = key.split(' ');
          return { ...fromTo(key), agent, target, ...rounded(group) };
        }),
      changes: this.#changes,
      rules: [...this.#rules].map(([key, counts]) => {
        const [by = '', ...rule] = key.split(' ');
        return { by, rule: rule.join(' '), ...counts };
      }),
      load: this.#load(),
    };
  }

  /** Of less than a day of traffic no rate of a day can be told but its own count. */
  #load(): BacktestReport['load'] {
    const days = Math.max(1, (this.#lastMs - this.#firstMs) / DAY_MS);
    const per100 = (held: number) => (this.#actions === 0 ? 0 : round((100 * held) / this.#actions));
    return {
      held: this.candidate.hold,
      heldBefore: this.recorded.hold,
      per100: per100(this.candidate.hold),
      per100Before: per100(this.recorded.hold),
      perDay: round(this.candidate.hold / days),
      perDayBefore: round(this.recorded.hold / days),
      approvers: [...this.#approvers]
        .sort(([, a], [, b]) => b - a)
        .map(([approver, held]) => ({ approver, held, perDay: round(held / days) })),
      medianWaitSeconds: null,
    };
  }
}

function sorted(groups: ReadonlyMap<string, Group>): [string, Group][] {
  return [...groups].sort(([, a], [, b]) => b.count - a.count);
}

function fromTo(key: string): { from: RuleVerdict; to: RuleVerdict } {
  const [from, to] = key.split(' ');
  return { from: from as RuleVerdict, to: to as RuleVerdict };
}

function addTo(groups: Map<string, Group>, key: string, amount: number): void {
  const group = groups.get(key) ?? { count: 0, amount: 0 };
  group.count++;
  group.amount += amount;
  groups.set(key, group);
}

function bump(counts: Map<string, number>, key: string): void {
  if (counts.size < MAX_GROUPS || counts.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
}

function rounded({ count, amount }: Group): Group {
  return { count, amount: round(amount) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
