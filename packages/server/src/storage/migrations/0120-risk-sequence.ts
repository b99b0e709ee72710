import type { Migration } from '../storage.ts';

/**
 * Beginnings of sequences that a later action may complete, one row for each step that one ends at; and refusals of an agent by an
 * index of their own, since its thresholds depend on the last one.
 */
export const riskSequenceMigration: Migration = {
  name: '0120-risk-sequence',
  statements: () => [
    `CREATE TABLE risk_sequence_match (
      workspace TEXT NOT NULL,
      sequence TEXT NOT NULL,
      match_key TEXT NOT NULL,
      step BIGINT NOT NULL,
      start_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      events TEXT NOT NULL,
      PRIMARY KEY (workspace, sequence, match_key, step)
    )`,
    'CREATE INDEX risk_sequence_match_expiry ON risk_sequence_match (expires_at)',
    "CREATE INDEX trace_action_refused ON trace_action (workspace, agent, id) WHERE outcome IN ('denied', 'blocked')",
  ],
};
