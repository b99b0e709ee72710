import type { Migration } from '../storage.ts';

export const accessPersonMigration: Migration = {
  name: '0141-access-person',
  statements: (words) => [
    `CREATE TABLE access_person (
      id TEXT PRIMARY KEY, workspace TEXT NOT NULL, address TEXT NOT NULL, created_at BIGINT NOT NULL,
      UNIQUE (workspace, address))`,
    `CREATE TABLE access_person_token (
      id TEXT PRIMARY KEY, workspace TEXT NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL, note TEXT NOT NULL,
      secret_hash ${words.blob} NOT NULL, created_at BIGINT NOT NULL, created_by TEXT NOT NULL,
      expires_at BIGINT NOT NULL, revoked_at BIGINT)`,
    'CREATE INDEX access_person_token_by_workspace ON access_person_token (workspace, id)',
  ],
};
