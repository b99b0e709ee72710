import type { Migration } from '../storage.ts';

export const tracesMigration: Migration = {
  name: '0080-traces',
  statements: () => [
    // Most runs are one call without a name or parent, so what only repeats the id is null and in no index: name, root, lineage.
    `CREATE TABLE trace_run (
      id TEXT PRIMARY KEY, workspace TEXT NOT NULL, name TEXT, agent TEXT NOT NULL, agent_id TEXT,
      parent TEXT, root TEXT, lineage TEXT, trace_id TEXT, started_at BIGINT NOT NULL,
      feature TEXT, user_tag TEXT, session TEXT)`,
    'CREATE UNIQUE INDEX trace_run_name ON trace_run (workspace, name, agent) WHERE name IS NOT NULL',
    'CREATE INDEX trace_run_root ON trace_run (workspace, root) WHERE root IS NOT NULL',
    'CREATE UNIQUE INDEX trace_run_trace ON trace_run (workspace, agent, trace_id) WHERE trace_id IS NOT NULL',
    // Of a run without a name or parent, run_name and root are null too.
    `CREATE TABLE trace_action (
      workspace TEXT NOT NULL, id TEXT NOT NULL, agent TEXT NOT NULL, agent_id TEXT, credential TEXT,
      run TEXT, run_name TEXT, root TEXT, parent_run TEXT,
      kind TEXT NOT NULL, target TEXT, surface TEXT, effect TEXT, grade TEXT,
      state TEXT NOT NULL, process TEXT, verdict TEXT, outcome TEXT, code TEXT, message TEXT, findings TEXT,
      fleet_version TEXT, risk BIGINT, feature TEXT, user_tag TEXT, session TEXT, reason TEXT,
      started_at BIGINT NOT NULL, decided_at BIGINT, ended_at BIGINT, upstream_ms BIGINT,
      input_tokens BIGINT, cache_read_tokens BIGINT, cache_write_tokens BIGINT, cache_write_1h_tokens BIGINT,
      output_tokens BIGINT, reasoning_tokens BIGINT, usage_source TEXT, cost_nano_usd BIGINT NOT NULL,
      served_by TEXT, attempts BIGINT, side_effect TEXT, upstream_error TEXT,
      request_payload TEXT, reply_payload TEXT, intent_entry BIGINT, outcome_entry BIGINT,
      PRIMARY KEY (workspace, id))`,
    'CREATE INDEX trace_action_run ON trace_action (run)',
    'CREATE INDEX trace_action_agent ON trace_action (workspace, agent, id)',
    'CREATE INDEX trace_action_side_effect ON trace_action (workspace, side_effect) WHERE side_effect IS NOT NULL',
    "CREATE INDEX trace_action_executing ON trace_action (id) WHERE state = 'executing'",
  ],
};
