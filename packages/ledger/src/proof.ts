import { HASH_BYTES, nodeHash, perfectRoot, sameBytes } from './hash.ts';
import { TILE_WIDTH } from './tile-path.ts';

// Inclusion and consistency proofs (RFC 6962 2.1, verification as in RFC 9162 2.1.3.2 and 2.1.4.2).

/** The hashes of a tile; throws where it is not there. */
export type TileReader = (level: number, index: number) => Uint8Array;

export function proveInclusion(tiles: TileReader, index: number, size: number): Uint8Array[] {
  if (index < 0 || index >= size) throw new RangeError(`a log of ${size} entries has no entry ${index}`);
  return path(tiles, index, 0, size);
}

export function proveConsistency(tiles: TileReader, oldSize: number, newSize: number): Uint8Array[] {
  if (oldSize < 1 || oldSize > newSize) throw new RangeError(`no proof leads from ${oldSize} to ${newSize}`);
  return subproof(tiles, oldSize, { lo: 0, hi: newSize }, true);
}

/** Whether exactly these hashes lead from the leaf to the root. */
export function verifyInclusion(claim: {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { index, size, proof } = claim;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let root = claim.leaf;
  for (const sibling of proof) {
    if (sn === 0 || sibling.length !== HASH_BYTES) return false;
    if (fn % 2 === 1 || fn === sn) {
      root = nodeHash(sibling, root);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else root = nodeHash(root, sibling);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && sameBytes(root, claim.root);
}

/** Whether the tree of `newSize` only added to that of `oldSize`. */
export function verifyConsistency(claim: {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { oldSize, newSize } = claim;
  if (oldSize < 1 || oldSize > newSize || claim.proof.some((hash) => hash.length !== HASH_BYTES)) return false;
  if (oldSize === newSize) return claim.proof.length === 0 && sameBytes(claim.oldRoot, claim.newRoot);
  const proof = isPowerOfTwo(oldSize) ? [claim.oldRoot, ...claim.proof] : [...claim.proof];
  let fn = oldSize - 1;
  let sn = newSize - 1;
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  const first = proof.shift();
  if (first === undefined) return false;
  let oldRoot = first;
  let newRoot = first;
  for (const hash of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      oldRoot = nodeHash(hash, oldRoot);
      newRoot = nodeHash(hash, newRoot);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else newRoot = nodeHash(newRoot, hash);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && sameBytes(oldRoot, claim.oldRoot) && sameBytes(newRoot, claim.newRoot);
}

function path(tiles: TileReader, index: number, lo: number, hi: number): Uint8Array[] {
  if (hi - lo === 1) return [];
  const middle = lo + split(hi - lo);
  return index < middle
    ? [...path(tiles, index, lo, middle), rangeHash(tiles, middle, hi)]
    : [...path(tiles, index, middle, hi), rangeHash(tiles, lo, middle)];
}

function subproof(
  tiles: TileReader,
  oldSize: number,
  { lo, hi }: { lo: number; hi: number },
  whole: boolean,
): Uint8Array[] {
  if (oldSize === hi) return whole ? [] : [rangeHash(tiles, lo, hi)];
  const middle = lo + split(hi - lo);
  return oldSize <= middle
    ? [...subproof(tiles, oldSize, { lo, hi: middle }, whole), rangeHash(tiles, middle, hi)]
    : [...subproof(tiles, oldSize, { lo: middle, hi }, false), rangeHash(tiles, lo, middle)];
}

/** Hash of entries lo to hi: read from a tile where the range is a whole subtree, else split as the tree is. */
function rangeHash(tiles: TileReader, lo: number, hi: number): Uint8Array {
  const count = hi - lo;
  if (!isPowerOfTwo(count) || lo % count !== 0) {
    const middle = lo + split(count);
    return nodeHash(rangeHash(tiles, lo, middle), rangeHash(tiles, middle, hi));
  }
  const height = Math.round(Math.log2(count));
  const level = Math.floor(height / 8);
  const width = 2 ** (height % 8);
  const first = lo / TILE_WIDTH ** level;
  const offset = first % TILE_WIDTH;
  const tile = tiles(level, Math.floor(first / TILE_WIDTH));
  return perfectRoot(tile.subarray(offset * HASH_BYTES, (offset + width) * HASH_BYTES));
}

/** The largest power of two below n. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function isPowerOfTwo(n: number): boolean {
  return n >= 1 && Number.isInteger(Math.log2(n)) && 2 ** Math.round(Math.log2(n)) === n;
}

function half(n: number): number {
  return Math.floor(n / 2);
}
