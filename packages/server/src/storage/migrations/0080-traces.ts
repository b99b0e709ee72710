import type { Migration } from '../storage.ts';

export const tracesMigration: Migration = {
  name: '0080-traces',
  statements: () => [
    `CREATE TABLE trace_run (
      id TEXT PRIMARY KEY, workspace TEXT NOT NULL, agent TEXT NOT NULL, name TEXT NOT NULL, parent TEXT, root TEXT NOT NULL,
      depth BIGINT NOT NULL, trace_id TEXT, started_at BIGINT NOT NULL
    )`,
    'CREATE UNIQUE INDEX trace_run_name ON trace_run (workspace, agent, name)',
    'CREATE INDEX trace_run_started ON trace_run (workspace, started_at)',
    'CREATE INDEX trace_run_root ON trace_run (root)',
    'CREATE INDEX trace_run_trace ON trace_run (workspace, agent, trace_id) WHERE trace_id IS NOT NULL',
    `CREATE TABLE trace_action (
      id TEXT PRIMARY KEY, workspace TEXT NOT NULL, agent TEXT NOT NULL, run TEXT NOT NULL, root TEXT NOT NULL, kind TEXT NOT NULL,
      credential TEXT NOT NULL, target TEXT, surface TEXT, effect TEXT, grade TEXT, verdict TEXT NOT NULL, findings TEXT NOT NULL,
      fleet_version TEXT NOT NULL, risk BIGINT NOT NULL, feature TEXT, user_tag TEXT, session TEXT, reason TEXT,
      started_at BIGINT NOT NULL, request_payload TEXT, intent_entry BIGINT, state TEXT NOT NULL,
      outcome TEXT, code TEXT, message TEXT, ended_at BIGINT, upstream_ms BIGINT, input_tokens BIGINT, cache_read_tokens BIGINT,
      cache_write_tokens BIGINT, output_tokens BIGINT, reasoning_tokens BIGINT, usage_source TEXT, cost_nano_usd BIGINT,
      served_by TEXT, attempts BIGINT, side_effect TEXT, reply_payload TEXT, outcome_entry BIGINT
    )`,
    'CREATE INDEX trace_action_run ON trace_action (run, started_at)',
    'CREATE INDEX trace_action_started ON trace_action (workspace, started_at)',
    'CREATE INDEX trace_action_side_effect ON trace_action (workspace, side_effect) WHERE side_effect IS NOT NULL',
    "CREATE INDEX trace_action_executing ON trace_action (id) WHERE state = 'executing'",
  ],
};
