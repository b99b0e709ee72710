import type { Migration } from '../storage.ts';

/**
 * An object's row says since which version (by sequence) it is part of the fleet and until which: a version costs as many rows
 * as it changes objects.
 */
export const registryMigration: Migration = {
  name: '0020-registry',
  statements: () => [
    `CREATE TABLE registry_version (
      workspace TEXT NOT NULL, seq BIGINT NOT NULL, version TEXT NOT NULL, previous TEXT, change TEXT NOT NULL,
      applied_at BIGINT NOT NULL, applied_by TEXT NOT NULL, objects BIGINT NOT NULL,
      PRIMARY KEY (workspace, seq))`,
    'CREATE INDEX registry_version_hash ON registry_version (workspace, version, seq)',
    `CREATE TABLE registry_content (
      workspace TEXT NOT NULL, hash TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (workspace, hash))`,
    `CREATE TABLE registry_object (
      workspace TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, since_seq BIGINT NOT NULL, until_seq BIGINT,
      hash TEXT NOT NULL, PRIMARY KEY (workspace, kind, name, since_seq))`,
    `CREATE TABLE registry_agent (
      workspace TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, created_at BIGINT NOT NULL,
      PRIMARY KEY (workspace, name))`,
    'CREATE UNIQUE INDEX registry_agent_id ON registry_agent (id)',
    `CREATE TABLE registry_stop (
      workspace TEXT NOT NULL, id TEXT NOT NULL, target_kind TEXT NOT NULL, target TEXT NOT NULL, reason TEXT NOT NULL,
      ordered_at BIGINT NOT NULL, ordered_by TEXT NOT NULL, lifted_at BIGINT, lifted_by TEXT,
      PRIMARY KEY (workspace, id))`,
    'CREATE INDEX registry_stop_open ON registry_stop (lifted_at, workspace)',
  ],
};
