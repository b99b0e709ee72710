import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTilePath } from '@reeve/ledger';

export interface LedgerFile {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly cacheControl: string;
}

const TEXT = 'text/plain; charset=utf-8';
const SECONDS = 'public, max-age=1';
const DAY = 'public, max-age=86400';
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** What `/ledger/<path>` answers. Only paths of the public layout exist, so no other file can be asked for. */
export async function readLedgerFile(directory: string, path: string): Promise<LedgerFile | undefined> {
  const kind = kindOf(path);
  if (kind === undefined) return undefined;
  try {
    return { bytes: await readFile(join(directory, path)), ...kind };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function kindOf(path: string): Omit<LedgerFile, 'bytes'> | undefined {
  if (path === 'checkpoint') return { contentType: TEXT, cacheControl: SECONDS };
  if (path === 'vkey') return { contentType: TEXT, cacheControl: DAY };
  if (parseTilePath(path) === undefined) return undefined;
  return { contentType: 'application/octet-stream', cacheControl: IMMUTABLE };
}
