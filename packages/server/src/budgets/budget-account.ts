import type { CapRule } from './budget-cap.ts';
import type { BudgetWindow } from './budget-window.ts';

/** What of an account is not yet in its row. */
export interface AccountDelta {
  reserved: number;
  held: number;
  spent: number;
  overrun: number;
}

export interface AccountIdentity {
  /** Unique among all workspaces. */
  readonly name: string;
  readonly workspace: string;
  readonly key: string;
  readonly scope: string;
  readonly window: BudgetWindow;
}

/**
 * One cap in one window, in memory. `escrow` is what this process has reserved in the row; of it `held` belongs to granted
 * reservations and the rest is free to grant.
 *
 * INVARIANT: 0 <= held <= escrow, and overrun > 0 only while nothing is free. No method awaits: each is one step.
 */
export class BudgetAccount {
  readonly name: string;
  readonly workspace: string;
  readonly key: string;
  readonly scope: string;
  readonly window: BudgetWindow;
  rule: CapRule;
  #escrow = 0;
  #held = 0;
  #spent = 0;
  #overrun = 0;
  #told = 0;
  #toldUnwritten = false;
  #pending: AccountDelta = noDelta();
  /** In groups that are being committed: their effect on the row's reserved + spent + overrun. */
  #flyingSum = 0;
  #flying = 0;
  /** Sum of what callers wait for; sizes the next slice. */
  waiting = 0;
  refilling: Promise<boolean> | undefined;
  /** Callers that still refer to this account: it must not be replaced by another for the same key. */
  pins = 0;
  /** Whether the row was read, so that `spent` counts also what was spent before this process. */
  loaded = false;
  /** Whether the book has it among those that the database does not know yet. */
  listed = false;
  /** Whether the row is known to exist. */
  inStore = false;

  constructor(identity: AccountIdentity, rule: CapRule) {
    this.name = identity.name;
    this.workspace = identity.workspace;
    this.key = identity.key;
    this.scope = identity.scope;
    this.window = identity.window;
    this.rule = rule;
  }

  get free(): number {
    return this.#escrow - this.#held;
  }

  get held(): number {
    return this.#held;
  }

  get spent(): number {
    return this.#spent + this.#overrun;
  }

  get told(): number {
    return this.#told;
  }

  get idle(): boolean {
    return this.pins === 0 && this.refilling === undefined;
  }

  /** Whether the row says all that is known here. */
  get clean(): boolean {
    return this.#flying === 0 && !this.pending;
  }

  /** Whether something waits to be collected. */
  get pending(): boolean {
    return this.#toldUnwritten || !isZero(this.#pending);
  }

  /** What the cap leaves, by what is known here. */
  get room(): number {
    return this.rule.limit - this.spent - this.#held;
  }

  /** How much the row's reserved + spent + overrun will change by what is not yet committed. */
  get unwrittenSum(): number {
    return sum(this.#pending) + this.#flyingSum;
  }

  canHold(amount: number): boolean {
    return amount === 0 || (this.free >= amount && this.room >= amount);
  }

  hold(amount: number): void {
    this.pins += 1;
    this.#held += amount;
    this.#pending.held += amount;
  }

  /** A slice that the row granted. */
  take(amount: number): void {
    this.#escrow += amount;
    this.#payOverrun();
  }

  /** Ends a hold. What the charge exceeds it by is taken from what is free; the rest is overrun. */
  settle(amount: number, actual: number): void {
    this.pins -= 1;
    this.#held -= amount;
    this.#pending.held -= amount;
    const covered = Math.min(actual, this.free);
    this.#spend(covered);
    if (actual > covered) {
      this.#overrun += actual - covered;
      this.#pending.overrun += actual - covered;
    }
    this.#payOverrun();
  }

  /** Gives back what nobody holds, so that the row may grant it elsewhere. */
  giveBack(): void {
    const { free } = this;
    this.#escrow -= free;
    this.#pending.reserved -= free;
  }

  /** What the row says; only while the account is clean. */
  load(row: { spent: number; overrun: number; told: number } | undefined): void {
    this.loaded = true;
    if (row === undefined) return;
    this.inStore = true;
    this.#spent = row.spent;
    this.#overrun = row.overrun;
    this.#told = Math.max(this.#told, row.told);
  }

  /** Takes the cap of a new fleet. What was taken under a higher one goes back first. */
  adopt(rule: CapRule): void {
    const lowered = rule.limit < this.rule.limit;
    this.rule = rule;
    if (lowered) this.giveBack();
  }

  /** Notes that the owner was told; false where that was so before. */
  tell(percent: number): boolean {
    if (percent <= this.#told) return false;
    this.#told = percent;
    this.#toldUnwritten = true;
    return true;
  }

  /** Moves what is pending into a group; call the result with whether it was committed. */
  collect(): { readonly delta: AccountDelta; readonly settled: (committed: boolean) => void } {
    const delta = this.#pending;
    this.#pending = noDelta();
    this.#toldUnwritten = false;
    this.#flying += 1;
    this.#flyingSum += sum(delta);
    const settled = (committed: boolean) => {
      this.#flying -= 1;
      this.#flyingSum -= sum(delta);
      if (committed) this.inStore = true;
      else this.#restore(delta);
    };
    return { delta, settled };
  }

  #spend(amount: number): void {
    this.#escrow -= amount;
    this.#spent += amount;
    this.#pending.reserved -= amount;
    this.#pending.spent += amount;
  }

  #payOverrun(): void {
    const payable = Math.min(this.#overrun, this.free);
    if (payable === 0) return;
    this.#spend(payable);
    this.#overrun -= payable;
    this.#pending.overrun -= payable;
  }

  #restore(delta: AccountDelta): void {
    this.#toldUnwritten = true;
    this.#pending.reserved += delta.reserved;
    this.#pending.held += delta.held;
    this.#pending.spent += delta.spent;
    this.#pending.overrun += delta.overrun;
  }
}

function noDelta(): AccountDelta {
  return { reserved: 0, held: 0, spent: 0, overrun: 0 };
}

function isZero(delta: AccountDelta): boolean {
  return delta.reserved === 0 && delta.held === 0 && delta.spent === 0 && delta.overrun === 0;
}

function sum(delta: AccountDelta): number {
  return delta.reserved + delta.spent + delta.overrun;
}
