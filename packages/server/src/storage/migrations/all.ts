import type { Migration } from '../storage.ts';
import { storageMigration } from './0001-storage.ts';

/** In order. Numbers leave gaps so that features do not collide; a released migration is never edited. */
export const MIGRATIONS: readonly Migration[] = [storageMigration];
