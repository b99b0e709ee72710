import type { Migration } from '../storage.ts';

export const accessCredentialMigration: Migration = {
  name: '0030-access-credential',
  statements: (words) => [
    `CREATE TABLE access_credential (
      id TEXT PRIMARY KEY,
      workspace TEXT NOT NULL,
      agent TEXT NOT NULL,
      secret_hash ${words.blob} NOT NULL,
      note TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      created_by TEXT NOT NULL,
      expires_at BIGINT NOT NULL,
      rotated_from TEXT,
      revoked_at BIGINT,
      last_used_at BIGINT,
      seen_from TEXT NOT NULL
    )`,
    'CREATE INDEX access_credential_by_agent ON access_credential (workspace, agent, id)',
    'CREATE UNIQUE INDEX access_credential_by_origin ON access_credential (rotated_from)',
  ],
};
