import type { Migration } from '../storage.ts';

/**
 * What actions add to signals, one row each. Of short windows (`recent`) rows are deleted when they have left the window; of longer
 * ones they are soon summed up in `risk_signal`, one row for each key.
 */
export const riskSignalsMigration: Migration = {
  name: '0110-risk-signals',
  statements: ({ autoId }) => [
    // `place` is a digest of workspace, signal and key: an index over the texts themselves costs more than the rows.
    `CREATE TABLE risk_recent_event (
      id ${autoId},
      workspace TEXT NOT NULL,
      place TEXT NOT NULL,
      at BIGINT NOT NULL,
      action TEXT NOT NULL,
      ordinal BIGINT NOT NULL,
      value DOUBLE PRECISION,
      written_at BIGINT NOT NULL
    )`,
    'CREATE INDEX risk_recent_event_place ON risk_recent_event (place, at)',
    `CREATE TABLE risk_event (
      id ${autoId},
      workspace TEXT NOT NULL,
      place TEXT NOT NULL,
      signal TEXT NOT NULL,
      key TEXT NOT NULL,
      at BIGINT NOT NULL,
      action TEXT NOT NULL,
      ordinal BIGINT NOT NULL,
      value DOUBLE PRECISION,
      written_at BIGINT NOT NULL
    )`,
    'CREATE INDEX risk_event_place ON risk_event (place, at)',
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
