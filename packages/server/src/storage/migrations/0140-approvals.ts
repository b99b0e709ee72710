import type { Migration } from '../storage.ts';

export const approvalsMigration: Migration = {
  name: '0140-approvals',
  statements: () => [
    // What people see of a call (arguments, findings, reasons) is in the payload store, under `content`, and ends with its retention.
    `CREATE TABLE approval (
      id TEXT PRIMARY KEY, workspace TEXT NOT NULL, agent TEXT NOT NULL, target TEXT NOT NULL, effect TEXT NOT NULL,
      digest TEXT NOT NULL, args_digest TEXT NOT NULL, fleet_version TEXT NOT NULL,
      action TEXT NOT NULL, run TEXT NOT NULL, root TEXT NOT NULL, risk BIGINT NOT NULL, amount TEXT, terms TEXT NOT NULL,
      requested_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, state TEXT NOT NULL,
      requests BIGINT NOT NULL, uses BIGINT NOT NULL, used BIGINT NOT NULL, content TEXT NOT NULL, edited BIGINT NOT NULL,
      escalated BIGINT NOT NULL, decided_at BIGINT, ended_at BIGINT, used_by TEXT, reason TEXT)`,
    'CREATE INDEX approval_by_workspace ON approval (workspace, id)',
    'CREATE INDEX approval_by_target ON approval (workspace, agent, target, id)',
    "CREATE INDEX approval_live ON approval (expires_at) WHERE state IN ('pending', 'approved', 'denied')",
    `CREATE TABLE approval_vote (
      workspace TEXT NOT NULL, approval TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL,
      verdict TEXT NOT NULL, args_digest TEXT NOT NULL, calls BIGINT NOT NULL, at BIGINT NOT NULL, reason TEXT,
      PRIMARY KEY (approval, person))`,
    `CREATE TABLE approval_grant (
      id TEXT PRIMARY KEY, workspace TEXT NOT NULL, agent TEXT NOT NULL, target TEXT NOT NULL, approval TEXT NOT NULL,
      scope TEXT NOT NULL, max_uses BIGINT NOT NULL, used BIGINT NOT NULL, until BIGINT NOT NULL,
      created_at BIGINT NOT NULL, created_by TEXT NOT NULL, creator TEXT NOT NULL, revoked_at BIGINT, revoked_by TEXT)`,
    'CREATE INDEX approval_grant_by_workspace ON approval_grant (workspace, id)',
    'CREATE INDEX approval_grant_live ON approval_grant (until) WHERE revoked_at IS NULL',
  ],
};
