import type { Migration } from '../storage.ts';

export const mcpTaskMigration: Migration = {
  name: '0146-mcp-task',
  statements: () => [
    // What was asked and answered is in the payload store, and ends with its retention.
    `CREATE TABLE mcp_task (
      id TEXT PRIMARY KEY,
      workspace TEXT NOT NULL,
      agent TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      approval TEXT NOT NULL,
      action TEXT NOT NULL,
      status TEXT NOT NULL,
      request TEXT NOT NULL,
      answer TEXT,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      until BIGINT NOT NULL)`,
    'CREATE INDEX mcp_task_by_agent ON mcp_task (workspace, agent)',
    'CREATE INDEX mcp_task_by_time ON mcp_task (until)',
  ],
};
