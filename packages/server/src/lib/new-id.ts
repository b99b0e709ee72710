import { randomFillSync } from 'node:crypto';
import { type Id, type IdNoun, makeId } from '@reeve/contracts';

const POOL_BYTES = 4_000;
const BYTES_PER_ID = 10;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

export function newId<N extends IdNoun>(noun: N, atMs: number = Date.now()): Id<N> {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + BYTES_PER_ID);
  used += BYTES_PER_ID;
  return makeId(noun, atMs, random);
}
