import type { Migration } from '../storage.ts';

export const storageMigration: Migration = {
  name: '0001-storage',
  statements: () => [
    'CREATE TABLE storage_sync (id BIGINT PRIMARY KEY, at BIGINT NOT NULL)',
    'INSERT INTO storage_sync (id, at) VALUES (1, 0)',
  ],
};
