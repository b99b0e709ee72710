import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createOwnerOnly, ReeveError, readOwnerOnly } from '../../lib/index.ts';

const KEY_FILE = 'approval-links.key';
const KEY_BYTES = 32;

/** The key that signs links to approvals. Not in the database: a copy of that must not be enough to make them. */
export function openLinkKey(directory: string): Uint8Array {
  const file = join(directory, KEY_FILE);
  const known = readOwnerOnly(file);
  if (known !== undefined) {
    if (known.length !== KEY_BYTES)
      throw new ReeveError('fail_closed', `${file} is not a key; remove it to make a new one`);
    return known;
  }
  const key = randomBytes(KEY_BYTES);
  createOwnerOnly(file, key);
  return key;
}
