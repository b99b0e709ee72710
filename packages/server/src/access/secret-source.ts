import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Secret } from '@reeve/contracts';

export interface SecretPlaces {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What relative file names are relative to; else to where the process was started. */
  readonly directory?: string;
}

/** Never logged, never exported: only `text` is the value. `missing` says to the operator why there is none. */
export type SecretReading =
  | { readonly text: string; readonly stamp: string }
  | { readonly missing: string; readonly stamp: string };

const MAX_SECRET_BYTES = 65_536;

function placeOf(secret: Secret): string {
  return 'env' in secret.from ? `the environment variable ${secret.from.env}` : `the file ${secret.from.file}`;
}

/** Reads it, unless the file still has the stamp that was seen before. */
export async function readSecret(
  secret: Secret,
  places: SecretPlaces,
  seenStamp?: string,
): Promise<SecretReading | 'unchanged'> {
  if ('env' in secret.from) return judged(secret, places.environment[secret.from.env] ?? '', 'env');
  const { file } = secret.from;
  try {
    await using handle = await open(resolve(places.directory ?? '.', file), 'r');
    const { mtimeMs, size, ino } = await handle.stat();
    const stamp = `${mtimeMs} ${size} ${ino}`;
    if (stamp === seenStamp) return 'unchanged';
    if (size > MAX_SECRET_BYTES) {
      return { missing: `${placeOf(secret)} is larger than ${MAX_SECRET_BYTES} bytes`, stamp };
    }
    return judged(secret, await handle.readFile('utf8'), stamp);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    return { missing: `${placeOf(secret)} cannot be read (${String(code)})`, stamp: 'absent' };
  }
}

function judged(secret: Secret, raw: string, stamp: string): SecretReading {
  const text = raw.replace(/\r?\n$/, '');
  if (text === '') return { missing: `${placeOf(secret)} is not set or empty`, stamp };
  // It goes into headers: a line break in it would add some.
  if (/[\0\r\n]/.test(text)) return { missing: `${placeOf(secret)} holds more than one line`, stamp };
  return { text, stamp };
}
