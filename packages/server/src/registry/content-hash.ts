import { createHash } from 'node:crypto';

/** `sha256:` and 64 hex digits. */
export function contentHash(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
