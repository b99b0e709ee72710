/** The database handle: one writer, group commit, numbered migrations. */
export { openSqlite } from './dialects/sqlite.ts';
export type {
  DialectWords,
  Durability,
  Migration,
  SqlRow,
  SqlValue,
  Statement,
  Storage,
  WriteResult,
} from './storage.ts';
