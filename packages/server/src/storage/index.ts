/** The database handle: one writer, group commit, numbered migrations. */
export { openSqlite } from './dialects/sqlite.ts';
export type {
  Durability,
  SqlRow,
  SqlValue,
  Statement,
  Storage,
} from './storage.ts';
