import { createHash } from 'node:crypto';
import { canonicalJson } from '@reeve/ledger';

/** SHA-256, hex. The same call has the same digest, whatever the order of its members. */
export function callDigest(target: string, args: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(canonicalJson({ target, args })).digest('hex');
}
