import type { SqlRow, SqlValue, Statement, Storage } from '../storage/index.ts';
import type { AccountDelta, BudgetAccount } from './budget-account.ts';

export interface BudgetRow extends SqlRow {
  key: string;
  source: string;
  scope: string;
  per: string;
  measure: string;
  window_label: string;
  reserved: number;
  held: number;
  spent: number;
  overrun: number;
  told: number;
  resets_at: number | null;
}

const WINDOW_KEPT_MS = 7 * 86_400_000;
const SWEEP_ROWS = 500;
const MAX_USAGE_ROWS = 1_000;

const COLUMNS = 'key, source, scope, per, measure, window_label, reserved, held, spent, overrun, told, resets_at';
const FIND = `SELECT ${COLUMNS} FROM budget_window WHERE workspace = ? AND key = ?`;
const CURRENT = `SELECT ${COLUMNS} FROM budget_window
  WHERE workspace = ? AND (resets_at IS NULL OR resets_at > ?) ORDER BY key LIMIT ${MAX_USAGE_ROWS}`;

/** The authority: grants by one conditional update, and by nothing else. */
const TAKE = `INSERT INTO budget_window
  (workspace, key, source, scope, per, measure, window_label, ceiling, reserved, resets_at, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (workspace, key) DO UPDATE SET
    reserved = budget_window.reserved + excluded.reserved, ceiling = excluded.ceiling, expires_at = excluded.expires_at
  WHERE budget_window.reserved + budget_window.spent + budget_window.overrun + excluded.reserved <= excluded.ceiling`;

const ENSURE = `INSERT INTO budget_window
  (workspace, key, source, scope, per, measure, window_label, ceiling, reserved, resets_at, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace, key) DO NOTHING`;

const APPLY = `UPDATE budget_window SET reserved = reserved + ?, held = held + ?, spent = spent + ?, overrun = overrun + ?,
  told = CASE WHEN told < ? THEN ? ELSE told END, expires_at = ? WHERE workspace = ? AND key = ?`;

/** No process is alive that could use the escrow: what was held may have been spent, the rest was not. */
const RECOVER = 'UPDATE budget_window SET spent = spent + held, reserved = 0, held = 0 WHERE reserved > 0';
const SWEEP = `DELETE FROM budget_window WHERE (workspace, key) IN
  (SELECT workspace, key FROM budget_window WHERE expires_at < ? ORDER BY expires_at LIMIT ${SWEEP_ROWS})`;

export class BudgetStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async find(account: BudgetAccount): Promise<BudgetRow | undefined> {
    return (await this.#storage.read<BudgetRow>(FIND, [account.workspace, account.key]))[0];
  }

  current(workspace: string, atMs: number): Promise<BudgetRow[]> {
    return this.#storage.read<BudgetRow>(CURRENT, [workspace, atMs]);
  }

  /** Whether the row had room for the slice. */
  async take(account: BudgetAccount, amount: number, atMs: number): Promise<boolean> {
    const params = rowOf(account, amount, atMs);
    return (await this.#storage.write([{ sql: TAKE, params, expect: 1 }], 'process')).ok;
  }

  async recover(): Promise<void> {
    await this.#storage.write([{ sql: RECOVER, params: [] }], 'power');
  }

  async sweep(atMs: number): Promise<void> {
    await this.#storage.write([{ sql: SWEEP, params: [atMs] }], 'process');
  }

  /** Resolves once a group was committed; collectors join it. */
  async nextGroup(): Promise<void> {
    await this.#storage.write([], 'process');
  }

  beforeGroup(collect: Parameters<Storage['beforeGroup']>[0]): void {
    this.#storage.beforeGroup(collect);
  }
}

export function deltaStatements(account: BudgetAccount, delta: AccountDelta, atMs: number): Statement[] {
  const { reserved, held, spent, overrun } = delta;
  const { told, workspace, key } = account;
  const params = [reserved, held, spent, overrun, told, told, expiry(account, atMs), workspace, key];
  const apply = { sql: APPLY, params };
  return account.inStore ? [apply] : [{ sql: ENSURE, params: rowOf(account, 0, atMs) }, apply];
}

function rowOf(account: BudgetAccount, reserved: number, atMs: number): SqlValue[] {
  const { rule, window } = account;
  const resetsAt = Number.isFinite(window.endsAtMs) ? window.endsAtMs : null;
  const named = [account.workspace, account.key, rule.source, account.scope, rule.cap.per, rule.measure, window.label];
  return [...named, rule.limit, reserved, resetsAt, expiry(account, atMs)];
}

/** A run has no end of its own: its row goes when it was not touched for as long as other rows are kept. */
function expiry(account: BudgetAccount, atMs: number): number {
  const { endsAtMs } = account.window;
  return (Number.isFinite(endsAtMs) ? endsAtMs : atMs) + WINDOW_KEPT_MS;
}
