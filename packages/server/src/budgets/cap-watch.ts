import type { Cap } from '@reeve/contracts';
import type { BudgetAccount } from './budget-account.ts';
import type { Measure } from './budget-cap.ts';

const NEAR_PERCENT = 80;
const FULL_PERCENT = 100;

export interface CapReached {
  readonly workspace: string;
  readonly scope: string;
  readonly source: string;
  readonly cap: Cap;
  readonly measure: Measure;
  readonly limit: number;
  readonly used: number;
  readonly percent: number;
  /** `refused`: a call did not fit any more. `overrun`: a call cost more than it had reserved. */
  readonly reason: 'spent' | 'refused' | 'overrun';
  readonly overrunBy: number;
  readonly resetsAtMs: number | undefined;
  /** E-mail addresses of those who want to know. */
  readonly tell: readonly string[];
}

export type CapListener = (event: CapReached) => void;

/** Tells when a cap is near or reached: once per window and threshold. */
export class CapWatch {
  readonly #listeners: CapListener[] = [];

  add(listener: CapListener): void {
    this.#listeners.push(listener);
  }

  spent(account: BudgetAccount, overrunBy: number): void {
    const { limit } = account.rule;
    const used = account.spent;
    if (overrunBy > 0) this.#tell(account, Math.floor((used / Math.max(limit, 1)) * 100), 'overrun', overrunBy);
    if (used === 0 || used < (limit * NEAR_PERCENT) / 100) return;
    const percent = used >= limit ? FULL_PERCENT : NEAR_PERCENT;
    if (account.tell(percent)) this.#tell(account, percent, 'spent');
  }

  refused(account: BudgetAccount): void {
    if (account.tell(FULL_PERCENT)) this.#tell(account, FULL_PERCENT, 'refused');
  }

  #tell(account: BudgetAccount, percent: number, reason: CapReached['reason'], overrunBy = 0): void {
    const { rule, workspace, scope, window } = account;
    const { source, cap, measure, limit, tell } = rule;
    const resetsAtMs = Number.isFinite(window.endsAtMs) ? window.endsAtMs : undefined;
    const named = { workspace, scope, source, cap, measure, limit, used: account.spent };
    const event = { ...named, percent, reason, overrunBy, resetsAtMs, tell };
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        // A listener's fault must not keep a charge from being settled.
      }
    }
  }
}
