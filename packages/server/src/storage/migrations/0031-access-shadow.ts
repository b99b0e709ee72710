import type { Migration } from '../storage.ts';

export const accessShadowMigration: Migration = {
  name: '0031-access-shadow',
  statements: () => [
    // Who presents an unknown credential belongs to no workspace yet; '' is the whole installation.
    `CREATE TABLE access_shadow (
      id TEXT PRIMARY KEY,
      workspace TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      reason TEXT NOT NULL,
      first_seen_at BIGINT NOT NULL,
      last_seen_at BIGINT NOT NULL,
      calls BIGINT NOT NULL,
      path TEXT NOT NULL,
      user_agent TEXT NOT NULL,
      remote_address TEXT NOT NULL,
      source TEXT NOT NULL
    )`,
    'CREATE INDEX access_shadow_by_time ON access_shadow (last_seen_at)',
  ],
};
