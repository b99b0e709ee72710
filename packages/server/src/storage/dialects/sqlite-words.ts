import type { DialectWords } from '../storage.ts';

export const SQLITE_WORDS: DialectWords = { autoId: 'INTEGER PRIMARY KEY', blob: 'BLOB' };
