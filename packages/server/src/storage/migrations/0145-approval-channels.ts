import type { Migration } from '../storage.ts';

export const approvalChannelsMigration: Migration = {
  name: '0145-approval-channels',
  statements: (words) => [
    // What is said is read from the approval when it is sent; nothing of an action's content stands here.
    `CREATE TABLE approval_delivery (
      seq ${words.autoId},
      id TEXT NOT NULL UNIQUE,
      workspace TEXT NOT NULL,
      approval TEXT NOT NULL,
      kind TEXT NOT NULL,
      object TEXT NOT NULL,
      channel BIGINT NOT NULL,
      recipient TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      state TEXT NOT NULL,
      attempts BIGINT NOT NULL,
      next_at BIGINT NOT NULL,
      reference TEXT)`,
    "CREATE INDEX approval_delivery_due ON approval_delivery (next_at) WHERE state = 'waiting'",
    'CREATE INDEX approval_delivery_by_approval ON approval_delivery (workspace, approval, seq)',
    // Links and clicks that were used: none counts twice, on any replica.
    `CREATE TABLE approval_once (
      token TEXT PRIMARY KEY,
      until BIGINT NOT NULL)`,
    'CREATE INDEX approval_once_by_time ON approval_once (until)',
  ],
};
