import type { Cap } from '@reeve/contracts';
import { type CapPlan, type CapRule, type Measure, ruleId } from './budget-cap.ts';
import type { BudgetRow } from './budget-store.ts';
import type { BudgetWindow } from './budget-window.ts';

/** One cap in its present window. Amounts of `usd` are nano-dollars. */
export interface BudgetUsage {
  readonly source: string;
  readonly scope: string;
  readonly per: Cap['per'];
  readonly window: string;
  readonly measure: Measure;
  readonly cap: number;
  /** By actions under way. */
  readonly reserved: number;
  readonly spent: number;
  /** Charged above what was reserved and not covered by the cap. */
  readonly overrun: number;
  readonly resetsAtMs: number | undefined;
}

/** What the rows say, and zeros for the caps with a fixed scope that nothing was charged to. */
export function usageRows(
  plan: CapPlan,
  rows: readonly BudgetRow[],
  windowOf: (rule: CapRule) => BudgetWindow | undefined,
  agent: string | undefined,
): readonly BudgetUsage[] {
  const usage: BudgetUsage[] = [];
  const rules = new Map(plan.all.map((rule) => [rule.id, rule]));
  for (const row of rows) {
    const rule = rules.get(ruleId(row.source, row.per, row.measure));
    if (rule === undefined) continue;
    const { scope, spent, overrun } = row;
    const numbers = { reserved: row.held, spent, overrun, resetsAtMs: row.resets_at ?? undefined };
    usage.push({ ...describe(rule), scope, window: row.window_label, ...numbers });
  }
  const seen = new Set(usage.map((row) => ruleId(row.source, row.per, row.measure)));
  for (const rule of plan.all) {
    const window = windowOf(rule);
    if (window === undefined || rule.value === '*' || seen.has(rule.id)) continue;
    const numbers = { reserved: 0, spent: 0, overrun: 0, resetsAtMs: window.endsAtMs };
    usage.push({ ...describe(rule), scope: `${rule.kind} ${rule.value}`, window: window.label, ...numbers });
  }
  return agent === undefined ? usage : usage.filter((row) => row.scope === `agent ${agent}`);
}

function describe({ source, cap, measure, limit }: CapRule) {
  return { source, per: cap.per, measure, cap: limit };
}
