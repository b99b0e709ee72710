import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { ReeveError } from './reeve-error.ts';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** Reads a key file. Undefined where there is none; throws where others could read it. */
export function readOwnerOnly(file: string): Buffer | undefined {
  try {
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new ReeveError('fail_closed', `${file} can be read by others; run: chmod 600 ${file}`);
    }
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Creates a key file that did not exist, safe from power loss when it returns. */
export function createOwnerOnly(file: string, bytes: Uint8Array | string): void {
  const handle = openSync(file, 'wx', OWNER_ONLY);
  try {
    writeSync(handle, Buffer.from(bytes as Uint8Array));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
