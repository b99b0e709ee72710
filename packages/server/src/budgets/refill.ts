import { ReeveError } from '../lib/index.ts';
import type { BudgetAccount } from './budget-account.ts';
import type { BudgetStore } from './budget-store.ts';

/** A slice is at most what this many calls like the present one may cost ... */
const SLICE_CALLS = 256;
/** ... and at most this part of what the row has left, so that slices shrink to single reservations near the cap. */
const SLICE_SHARE = 4;
const MAX_TAKES = 20;

export interface RefillParts {
  readonly store: BudgetStore;
  readonly flush: () => Promise<void>;
  readonly now: () => number;
}

/**
 * Takes a slice of the cap into escrow. False: there is no room for `amount`, also counting escrow that nobody holds. True: look
 * again. Callers who come while a slice is on its way share it, and its failure.
 */
export async function refill(account: BudgetAccount, amount: number, parts: RefillParts): Promise<boolean> {
  account.waiting += amount;
  try {
    if (account.refilling !== undefined) {
      await account.refilling;
      return true;
    }
    account.refilling = fetchSlice(account, amount, parts).finally(() => {
      account.refilling = undefined;
    });
    return await account.refilling;
  } finally {
    account.waiting -= amount;
  }
}

async function fetchSlice(account: BudgetAccount, amount: number, parts: RefillParts): Promise<boolean> {
  for (let takes = 0; takes < MAX_TAKES; takes++) {
    if (!account.loaded && !account.clean) await parts.flush();
    const row = await parts.store.find(account);
    if (account.clean) account.load(row);
    if (account.room < amount) return false;
    if (account.free >= amount) return true;
    const left = account.rule.limit - (row === undefined ? 0 : row.reserved + row.spent + row.overrun);
    const missing = amount - account.free;
    if (left < missing) {
      if (account.unwrittenSum >= 0) return false;
      await parts.flush();
      continue;
    }
    const { limit } = account.rule;
    const slice = sliceOf(account, amount, missing, left);
    if (!(await parts.store.take(account, slice, parts.now()))) continue;
    account.inStore = true;
    account.take(slice);
    if (account.rule.limit < limit) account.giveBack();
    return true;
  }
  throw new ReeveError('overloaded', 'too many callers compete for one budget', { retryAfterSeconds: 1 });
}

function sliceOf(account: BudgetAccount, amount: number, missing: number, left: number): number {
  const wanted = Math.max(account.waiting - account.free, amount * SLICE_CALLS);
  return Math.max(missing, Math.min(wanted, Math.floor(left / SLICE_SHARE)));
}
