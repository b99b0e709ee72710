import { formatUsd } from '@reeve/contracts';
import type { BudgetAccount } from './budget-account.ts';
import type { Measure } from './budget-cap.ts';

const WINDOWS = { run: 'per run', minute: 'a minute', hour: 'an hour', day: 'a day', month: 'a month' } as const;
const VERBS = { usd: 'spend', tokens: 'use', calls: 'make' } as const;

export function formatAmount(measure: Measure, amount: number): string {
  return measure === 'usd' ? `${formatUsd(amount)} USD` : `${amount} ${measure}`;
}

/** What the caller is told: the cap, what is left of it, and when that changes. */
export function refusalText(account: BudgetAccount, amount: number): string {
  const { rule, scope } = account;
  const used = formatAmount(rule.measure, account.spent + account.held);
  return `${capText(account)}; ${used} are spent or reserved and this call may take ${formatAmount(rule.measure, amount)}; ${
    rule.cap.per === 'run'
      ? `start a new run, or ask the owner of ${scope} for a higher cap`
      : `the window turns at ${new Date(account.window.endsAtMs).toISOString()}`
  }`;
}

export function priceUnknownText(account: BudgetAccount): string {
  return `${capText(account)}, and the price of this call is not known: add a price to the model target or to the workspace's prices`;
}

function capText({ rule, scope }: BudgetAccount): string {
  return `${scope} may ${VERBS[rule.measure]} ${formatAmount(rule.measure, rule.limit)} ${WINDOWS[rule.cap.per]}`;
}
