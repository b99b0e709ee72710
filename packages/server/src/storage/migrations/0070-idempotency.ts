import type { Migration } from '../storage.ts';

export const idempotencyMigration: Migration = {
  name: '0070-idempotency',
  statements: (words) => [
    `CREATE TABLE idempotency_record (
      workspace TEXT NOT NULL,
      agent TEXT NOT NULL,
      route TEXT NOT NULL,
      key_hash ${words.blob} NOT NULL,
      fingerprint ${words.blob} NOT NULL,
      action TEXT NOT NULL,
      started_at BIGINT NOT NULL,
      ended_at BIGINT,
      reply ${words.blob},
      PRIMARY KEY (workspace, agent, route, key_hash)
    )`,
    'CREATE INDEX idempotency_record_by_time ON idempotency_record (started_at)',
  ],
};
