import type { Migration } from '../storage.ts';

// INVARIANT: reserved counts what a process took in escrow, held the part of it that granted reservations still hold.
export const budgetMigration: Migration = {
  name: '0040-budgets',
  statements: () => [
    `CREATE TABLE budget_window (
      workspace TEXT NOT NULL,
      key TEXT NOT NULL,
      source TEXT NOT NULL,
      scope TEXT NOT NULL,
      per TEXT NOT NULL,
      measure TEXT NOT NULL,
      window_label TEXT NOT NULL,
      ceiling BIGINT NOT NULL,
      reserved BIGINT NOT NULL DEFAULT 0 CHECK (reserved >= 0),
      held BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
      spent BIGINT NOT NULL DEFAULT 0 CHECK (spent >= 0),
      overrun BIGINT NOT NULL DEFAULT 0 CHECK (overrun >= 0),
      told BIGINT NOT NULL DEFAULT 0,
      resets_at BIGINT,
      expires_at BIGINT NOT NULL,
      PRIMARY KEY (workspace, key),
      CHECK (held <= reserved),
      CHECK (reserved + spent <= ceiling)
    )`,
    'CREATE INDEX budget_window_expires ON budget_window (expires_at)',
  ],
};
