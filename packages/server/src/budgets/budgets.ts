import { ReeveError } from '../lib/index.ts';
import type { Fleet, FleetPart } from '../registry/index.ts';
import type { Storage } from '../storage/index.ts';
import { AccountBook } from './account-book.ts';
import type { BudgetAccount } from './budget-account.ts';
import { amountOf, type CapPlan, type CapRule, compileCaps, valueFor } from './budget-cap.ts';
import { BudgetStore } from './budget-store.ts';
import { priceUnknownText, refusalText } from './budget-text.ts';
import { type BudgetUsage, usageRows } from './budget-usage.ts';
import { type BudgetWindow, windowAt } from './budget-window.ts';
import { type CapListener, CapWatch } from './cap-watch.ts';
import { refill } from './refill.ts';
import type { Charge, Reservation, ReserveResult, Spender } from './reservation.ts';

/** Bounds the search for a moment at which all caps of a call have room; each round lost is another caller's grant. */
const MAX_ROUNDS = 1_000;
/** A reservation that nobody settled for so long is charged in full. */
const MAX_HOLD_MS = 24 * 3_600_000;
const SWEEP_EVERY_MS = 60_000;
/** Groups that may fail in a row before nothing more is granted. */
const MAX_FAILED_GROUPS = 3;
const NO_CAP = 0;

interface Share {
  readonly account: BudgetAccount;
  readonly amount: number;
}

interface Hold {
  readonly charge: Charge;
  readonly shares: readonly Share[];
  readonly grantedAtMs: number;
}

export interface BudgetsOptions {
  readonly storage: Storage;
  readonly now?: () => number;
  /** Accounts kept in memory; fewer only in tests. */
  readonly maxAccounts?: number;
}

/** Grants what the caps of the fleet allow, from memory where it can; the rows in the database are the authority. */
export class Budgets implements FleetPart, AsyncDisposable {
  readonly #store: BudgetStore;
  readonly #book: AccountBook;
  readonly #watch = new CapWatch();
  readonly #plans = new Map<string, CapPlan>();
  readonly #windows = new Map<string, BudgetWindow>();
  readonly #holds = new Map<number, Hold>();
  readonly #clock: () => number;
  readonly #sweeper: NodeJS.Timeout;
  #latestMs = 0;
  #lastId = NO_CAP;

  constructor({ storage, now = Date.now, maxAccounts }: BudgetsOptions) {
    this.#clock = now;
    this.#store = new BudgetStore(storage);
    this.#book = new AccountBook(this.#store, () => this.#now(), maxAccounts);
    this.#sweeper = setInterval(() => void this.sweep().catch(() => {}), SWEEP_EVERY_MS);
    this.#sweeper.unref();
  }

  /** Before the first reservation after a start: what a dead process held counts as spent, the rest of its escrow is free again. */
  recover(): Promise<void> {
    return this.#store.recover();
  }

  async prepare(fleet: Fleet): ReturnType<FleetPart['prepare']> {
    const { plan, problems } = compileCaps(fleet);
    return { problems, activate: () => void this.#plans.set(fleet.workspace, plan) };
  }

  /** Takes the charge from all caps that apply, or from none. */
  reserve(spender: Spender, charge: Charge, priceKnown: boolean): ReserveResult | Promise<ReserveResult> {
    if (this.#book.failures >= MAX_FAILED_GROUPS) throw new ReeveError('fail_closed', 'budgets cannot be written');
    checkCharge(charge);
    const rules = this.#rulesOf(spender);
    if (rules.length === 0) return { granted: true, reservation: { id: NO_CAP, charge } };
    const shares: Share[] = [];
    for (const rule of rules) {
      const account = this.#accountOf(rule, spender);
      if (account === undefined) continue;
      if (!priceKnown && rule.measure === 'usd') return refused(account, 'price_unknown', priceUnknownText(account));
      shares.push({ account, amount: amountOf(rule.measure, charge) });
    }
    return this.#grant(shares, charge) ?? this.#pinned(shares, () => this.#grantLater(shares, charge));
  }

  /** Puts what it really cost in the place of the reservation. Once: a second call does nothing. */
  settle(reservation: Reservation, actual: Charge): void {
    const hold = this.#holds.get(reservation.id);
    if (hold === undefined) return;
    this.#holds.delete(reservation.id);
    for (const { account, amount } of hold.shares) {
      const cost = wholeAmount(amountOf(account.rule.measure, actual), amount);
      account.settle(amount, cost);
      this.#watch.spent(account, Math.max(0, cost - amount));
      this.#book.changed(account);
    }
  }

  /** For what was not executed. */
  release(reservation: Reservation): void {
    this.settle(reservation, { nanoUsd: 0, tokens: 0, calls: 0 });
  }

  /** Hears of 80 % and 100 %, once per window, and of every charge above its reservation. */
  onCapReached(listener: CapListener): void {
    this.#watch.add(listener);
  }

  /**
   * Resolves when all that was reserved and settled before survives the death of the process. For actions that begin without
   * an intent on record: with one, the group that carries it carries this too.
   */
  async flush(): Promise<void> {
    await this.#store.nextGroup();
    if (this.#book.failures > 0) throw new ReeveError('fail_closed', 'budgets cannot be written');
  }

  async usage(workspace: string, filter: { readonly agent?: string } = {}): Promise<readonly BudgetUsage[]> {
    const plan = this.#plans.get(workspace);
    if (plan === undefined) return [];
    await this.flush();
    const rows = await this.#store.current(workspace, this.#now());
    const windowOf = (rule: CapRule) => (rule.cap.per === 'run' ? undefined : this.#windowOf(rule.cap.per, plan));
    return usageRows(plan, rows, windowOf, filter.agent);
  }

  /** Gives back the escrow of past windows, charges forgotten reservations, removes old rows. Runs every minute. */
  async sweep(): Promise<void> {
    const now = this.#now();
    for (const [id, hold] of this.#holds) {
      if (hold.grantedAtMs > now - MAX_HOLD_MS) break;
      this.settle({ id, charge: hold.charge }, hold.charge);
    }
    this.#book.releasePast(now);
    await this.#store.sweep(now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    this.#book.releaseAll();
    await this.flush();
  }

  #rulesOf(spender: Spender): readonly CapRule[] {
    const plan = this.#plans.get(spender.workspace);
    if (plan === undefined) throw new ReeveError('fail_closed', 'no budgets are in force for this workspace');
    const rules = plan.byAgent.get(spender.agent);
    if (rules === undefined) throw new ReeveError('fail_closed', 'the fleet in force does not have this agent');
    return rules;
  }

  #accountOf(rule: CapRule, spender: Spender): BudgetAccount | undefined {
    const value = valueFor(rule, spender);
    const plan = this.#plans.get(spender.workspace);
    if (value === undefined || plan === undefined) return undefined;
    const window =
      rule.cap.per === 'run'
        ? { label: `run ${spender.run}`, endsAtMs: Number.POSITIVE_INFINITY }
        : this.#windowOf(rule.cap.per, plan);
    return this.#book.open(spender.workspace, rule, value, window);
  }

  #windowOf(per: Exclude<CapRule['cap']['per'], 'run'>, plan: CapPlan): BudgetWindow {
    const key = `${per} ${plan.timeZone}`;
    const now = this.#now();
    let window = this.#windows.get(key);
    if (window === undefined || window.endsAtMs <= now) {
      window = windowAt(per, now, plan.timeZone);
      this.#windows.set(key, window);
    }
    return window;
  }

  #grant(shares: readonly Share[], charge: Charge): ReserveResult | undefined {
    for (const { account, amount } of shares) if (!account.canHold(amount)) return undefined;
    for (const { account, amount } of shares) {
      account.hold(amount);
      this.#book.changed(account);
    }
    const id = ++this.#lastId;
    this.#holds.set(id, { charge, shares, grantedAtMs: this.#now() });
    return { granted: true, reservation: { id, charge } };
  }

  async #pinned<T>(shares: readonly Share[], work: () => Promise<T>): Promise<T> {
    for (const { account } of shares) account.pins += 1;
    try {
      return await work();
    } finally {
      for (const { account } of shares) account.pins -= 1;
    }
  }

  async #grantLater(shares: readonly Share[], charge: Charge): Promise<ReserveResult> {
    const parts = { store: this.#store, flush: () => this.flush(), now: () => this.#now() };
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const granted = this.#grant(shares, charge);
      if (granted !== undefined) return granted;
      for (const { account, amount } of shares) {
        if (account.canHold(amount)) continue;
        const mayFit = await refill(account, amount, parts);
        this.#book.changed(account);
        if (!mayFit) return this.#refuse(account, amount);
      }
    }
    throw new ReeveError('overloaded', 'too many callers compete for one budget', { retryAfterSeconds: 1 });
  }

  #refuse(account: BudgetAccount, amount: number): ReserveResult {
    this.#watch.refused(account);
    this.#book.changed(account);
    return refused(account, 'budget_exceeded', refusalText(account, amount));
  }

  /** Never goes back, so that a clock set back opens no window a second time. */
  #now(): number {
    this.#latestMs = Math.max(this.#latestMs, this.#clock());
    return this.#latestMs;
  }
}

function refused(account: BudgetAccount, code: 'budget_exceeded' | 'price_unknown', message: string): ReserveResult {
  const { endsAtMs } = account.window;
  const resetsAtMs = Number.isFinite(endsAtMs) ? endsAtMs : undefined;
  return { granted: false, code, cap: account.rule.cap, scope: account.scope, message, resetsAtMs };
}

function checkCharge(charge: Charge): void {
  for (const amount of [charge.nanoUsd, charge.tokens, charge.calls]) {
    if (Number.isSafeInteger(amount) && amount >= 0) continue;
    throw new ReeveError('fail_closed', 'what this call may cost is not a whole number');
  }
}

/** A cost that makes no sense is charged as reserved. */
function wholeAmount(actual: number, reserved: number): number {
  const whole = Math.ceil(actual);
  return Number.isSafeInteger(whole) && whole >= 0 ? whole : reserved;
}
