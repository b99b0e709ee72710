import type { Migration } from '../storage.ts';

export const mcpToolPinMigration: Migration = {
  name: '0060-mcp-tool-pin',
  statements: () => [
    `CREATE TABLE mcp_tool_pin (
      workspace TEXT NOT NULL,
      server TEXT NOT NULL,
      tool TEXT NOT NULL,
      pinned_hash TEXT,
      pinned_definition TEXT,
      pinned_at BIGINT,
      pinned_by TEXT,
      seen_hash TEXT NOT NULL,
      seen_definition TEXT NOT NULL,
      seen_at BIGINT NOT NULL,
      PRIMARY KEY (workspace, server, tool)
    )`,
  ],
};
