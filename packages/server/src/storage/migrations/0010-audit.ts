import type { Migration } from '../storage.ts';

export const auditMigration: Migration = {
  name: '0010-audit',
  statements: ({ autoId, blob }) => [
    // Canonical JSON text: its UTF-8 bytes are what is hashed. The entry's index in the log is id - 1.
    `CREATE TABLE ledger_entry (id ${autoId}, entry TEXT NOT NULL)`,
    // How many entries may be under a signed checkpoint. Always written before the checkpoint is.
    'CREATE TABLE ledger_head (id BIGINT PRIMARY KEY, size BIGINT NOT NULL)',
    'INSERT INTO ledger_head (id, size) VALUES (1, 0)',
    `CREATE TABLE ledger_payload (
      id TEXT PRIMARY KEY, workspace TEXT NOT NULL, action TEXT NOT NULL, part TEXT NOT NULL, size BIGINT NOT NULL,
      sealed ${blob} NOT NULL, keep_until BIGINT NOT NULL
    )`,
    'CREATE INDEX ledger_payload_keep_until ON ledger_payload (keep_until)',
  ],
};
