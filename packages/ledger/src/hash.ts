import { hash } from 'node:crypto';
import { FormatError } from './format-error.ts';

// RFC 6962: a leaf is H(00 ‖ entry), a node is H(01 ‖ left ‖ right), the empty tree is H("").

export const HASH_BYTES = 32;
const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const MAX_LEAF_BYTES = 65_535;

const node = new Uint8Array(1 + 2 * HASH_BYTES);
node[0] = NODE_PREFIX;
const leaf = new Uint8Array(1 + MAX_LEAF_BYTES);
leaf[0] = LEAF_PREFIX;

export function leafHash(entry: Uint8Array): Uint8Array {
  leaf.set(entry, 1);
  return hash('sha256', leaf.subarray(0, entry.length + 1), 'buffer');
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return hash('sha256', node, 'buffer');
}

export function emptyTreeHash(): Uint8Array {
  return hash('sha256', '', 'buffer');
}

/** Root of the perfect tree over concatenated hashes; their number is a power of two. */
export function perfectRoot(hashes: Uint8Array): Uint8Array {
  let count = hashes.length / HASH_BYTES;
  if (count < 1 || !Number.isInteger(Math.log2(count))) throw new FormatError(`${count} hashes are no perfect tree`);
  const level = new Uint8Array(hashes);
  for (; count > 1; count /= 2) {
    for (let i = 0; i < count / 2; i++) {
      node.set(level.subarray(i * 2 * HASH_BYTES, (i + 1) * 2 * HASH_BYTES), 1);
      level.set(hash('sha256', node, 'buffer'), i * HASH_BYTES);
    }
  }
  return level.slice(0, HASH_BYTES);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
