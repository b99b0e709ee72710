import type { Migration } from '../storage.ts';

export const accessAdminTokenMigration: Migration = {
  name: '0032-access-admin-token',
  statements: (words) => [
    `CREATE TABLE access_admin_token (
      name TEXT PRIMARY KEY,
      secret_hash ${words.blob} NOT NULL,
      created_at BIGINT NOT NULL
    )`,
  ],
};
