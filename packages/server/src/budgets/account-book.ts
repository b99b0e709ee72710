import { createHash } from 'node:crypto';
import { BudgetAccount } from './budget-account.ts';
import type { CapRule } from './budget-cap.ts';
import { type BudgetStore, deltaStatements } from './budget-store.ts';
import type { BudgetWindow } from './budget-window.ts';

const MAX_ACCOUNTS = 20_000;
/** How many of the oldest accounts are tried for eviction each time. */
const EVICTION_TRIES = 8;
const MAX_RELEASES_PER_SWEEP = 200;
const MAX_VALUE_LENGTH = 200;

/** The accounts in memory, and the way of their changes into the database: summed, one unit per group of writes. */
export class AccountBook {
  readonly #now: () => number;
  readonly #maxAccounts: number;
  /** Least recently used first. */
  readonly #live = new Map<string, BudgetAccount>();
  /** What the database does not know yet, evicted accounts among them: they must be found again until it does. */
  readonly #unwritten = new Map<string, BudgetAccount>();
  #failures = 0;

  constructor(store: BudgetStore, now: () => number, maxAccounts: number = MAX_ACCOUNTS) {
    this.#now = now;
    this.#maxAccounts = maxAccounts;
    store.beforeGroup(() => this.#collect());
  }

  /** Groups in a row in which the changes could not be written. */
  get failures(): number {
    return this.#failures;
  }

  get size(): number {
    return this.#live.size;
  }

  open(workspace: string, rule: CapRule, value: string, window: BudgetWindow): BudgetAccount {
    const short = value.length <= MAX_VALUE_LENGTH ? value : createHash('sha256').update(value).digest('hex');
    const name = `${workspace}\n${rule.id}|${window.label}|${rule.kind} ${short}`;
    const account = this.#live.get(name);
    if (account === undefined) return this.#bringIn(name, workspace, rule, short, window);
    // Order matters only where somebody will have to leave.
    if (this.#live.size * 2 > this.#maxAccounts) {
      this.#live.delete(name);
      this.#live.set(name, account);
    }
    if (account.rule !== rule) this.#adopt(account, rule);
    return account;
  }

  /** To be called after each change of an account. */
  changed(account: BudgetAccount): void {
    if (account.listed || !account.pending) return;
    account.listed = true;
    this.#unwritten.set(account.name, account);
  }

  /** Gives back what accounts of past windows still have in escrow. */
  releasePast(atMs: number): void {
    let released = 0;
    for (const [name, account] of this.#live) {
      if (account.window.endsAtMs > atMs || !account.idle) continue;
      this.#release(name, account);
      if (++released === MAX_RELEASES_PER_SWEEP) return;
    }
  }

  /** Gives back everything that nobody holds. */
  releaseAll(): void {
    for (const [name, account] of this.#live) if (account.idle) this.#release(name, account);
  }

  #bringIn(name: string, workspace: string, rule: CapRule, value: string, window: BudgetWindow): BudgetAccount {
    this.#makeRoom();
    const key = name.slice(workspace.length + 1);
    const account =
      this.#unwritten.get(name) ??
      new BudgetAccount({ name, workspace, key, scope: `${rule.kind} ${value}`, window }, rule);
    this.#live.set(name, account);
    if (account.rule !== rule) this.#adopt(account, rule);
    return account;
  }

  #adopt(account: BudgetAccount, rule: CapRule): void {
    account.adopt(rule);
    this.changed(account);
  }

  #makeRoom(): void {
    if (this.#live.size < this.#maxAccounts) return;
    let tries = EVICTION_TRIES;
    for (const [name, account] of this.#live) {
      if (account.idle) this.#release(name, account);
      if (account.idle || --tries === 0) return;
    }
  }

  #release(name: string, account: BudgetAccount): void {
    account.giveBack();
    this.changed(account);
    this.#live.delete(name);
  }

  #collect(): ReturnType<Parameters<BudgetStore['beforeGroup']>[0]> {
    const atMs = this.#now();
    const collected: { account: BudgetAccount; settled: (committed: boolean) => void }[] = [];
    const statements = [];
    for (const account of this.#unwritten.values()) {
      if (!account.pending) continue;
      const { delta, settled } = account.collect();
      collected.push({ account, settled });
      statements.push(...deltaStatements(account, delta, atMs));
    }
    if (collected.length === 0) return undefined;
    return {
      statements,
      settled: (committed) => {
        this.#failures = committed ? 0 : this.#failures + 1;
        for (const { account, settled } of collected) {
          settled(committed);
          if (!account.clean) continue;
          account.listed = false;
          this.#unwritten.delete(account.name);
        }
      },
    };
  }
}
