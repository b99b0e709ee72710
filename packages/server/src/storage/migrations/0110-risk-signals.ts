import type { Migration } from '../storage.ts';

/**
 * What actions add to signals, one row each. Of short windows (`recent`) rows are deleted when they have left the window; of longer
 * ones they are soon summed up in `risk_signal`, one row for each key.
 */
export const riskSignalsMigration: Migration = {
  name: '0110-risk-signals',
  statements: ({ autoId }) => [
    ...['risk_recent_event', 'risk_event'].map(
      (table) => `CREATE TABLE ${table} (
        id ${autoId},
        workspace TEXT NOT NULL,
        signal TEXT NOT NULL,
        key TEXT NOT NULL,
        at BIGINT NOT NULL,
        action TEXT NOT NULL,
        ordinal BIGINT NOT NULL,
        value DOUBLE PRECISION,
        written_at BIGINT NOT NULL,
        UNIQUE (workspace, signal, key, at, action, ordinal)
      )`,
    ),
    `CREATE TABLE risk_signal (
      workspace TEXT NOT NULL,
      signal TEXT NOT NULL,
      key TEXT NOT NULL,
      version BIGINT NOT NULL,
      state TEXT NOT NULL,
      expires_at BIGINT NOT NULL,
      PRIMARY KEY (workspace, signal, key)
    )`,
    'CREATE INDEX risk_signal_expires ON risk_signal (expires_at)',
  ],
};
