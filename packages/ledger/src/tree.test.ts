import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { naivePath, naiveRoot } from './__fixtures__/sample-log.ts';
import { HASH_BYTES, leafHash } from './hash.ts';
import { proveConsistency, proveInclusion, verifyConsistency, verifyInclusion } from './proof.ts';
import { hashesAt, TILE_WIDTH, widthIn } from './tile-path.ts';
import { TreeEdge } from './tree-edge.ts';

const MAX = 300;
const leaves = Array.from({ length: MAX }, (_, n) => leafHash(Buffer.from(`entry ${n}`)));
const level0 = Buffer.concat(leaves);

/** Tiles of a log of `size`, made by the edge. */
function tilesOf(size: number): (level: number, index: number) => Uint8Array {
  const tiles = new Map<string, Uint8Array>();
  const edge = new TreeEdge();
  for (const leaf of leaves.slice(0, size))
    for (const tile of edge.append(leaf)) tiles.set(`${tile.level}/${tile.index}`, tile.bytes);
  for (const tile of edge.partials()) tiles.set(`${tile.level}/${tile.index}`, tile.bytes);
  return (level, index) => {
    const tile = tiles.get(`${level}/${index}`);
    if (tile === undefined) throw new Error(`no tile ${level}/${index} at size ${size}`);
    return tile;
  };
}

test('roots up to 300 are those of the definition', () => {
  const edge = new TreeEdge();
  expect(edge.root()).toEqual(hash('sha256', '', 'buffer'));
  for (let n = 1; n <= MAX; n++) {
    edge.append(leaves[n - 1] ?? new Uint8Array());
    expect(Buffer.compare(edge.root(), naiveRoot(leaves.slice(0, n)))).toBe(0);
  }
});

test('inclusion proofs up to 300 are those of the definition, verify, and fail one hash short, long or changed', () => {
  for (const size of [1, 2, 3, 7, 8, 64, 127, 255, 256, 257, 299, 300]) {
    const tiles = tilesOf(size);
    const root = naiveRoot(leaves.slice(0, size));
    for (let index = 0; index < size; index++) {
      const leaf = leaves[index] ?? new Uint8Array();
      const proof = proveInclusion(tiles, index, size);
      if (index % 7 === 0) expect(Buffer.concat(proof)).toEqual(Buffer.concat(naivePath(index, leaves.slice(0, size))));
      expect(verifyInclusion({ leaf, index, size, root, proof })).toBe(true);
      expect(verifyInclusion({ leaf, index, size, root, proof: [...proof, leaf] })).toBe(false);
      expect(verifyInclusion({ leaf: root, index, size: size + 1, root, proof })).toBe(false);
      if (proof.length > 0) expect(verifyInclusion({ leaf, index, size, root, proof: proof.slice(1) })).toBe(false);
      if (size > 1) expect(verifyInclusion({ leaf, index: (index + 1) % size, size, root, proof })).toBe(false);
    }
  }
});

test('inclusion proofs of every size up to 300 verify', () => {
  const all = tilesOf(MAX);
  for (let size = 1; size <= MAX; size++) {
    const tiles = (level: number, index: number) => (level === 0 ? level0.subarray(index * 8_192) : all(level, index));
    const root = naiveRoot(leaves.slice(0, size));
    for (let index = size % 6; index < size; index += 6) {
      const proof = proveInclusion(tiles, index, size);
      expect(verifyInclusion({ leaf: leaves[index] ?? root, index, size, root, proof })).toBe(true);
    }
  }
});

test('consistency proofs between all sizes up to 300 verify, and not for another root', () => {
  const roots = Array.from({ length: MAX + 1 }, (_, n) => naiveRoot(leaves.slice(0, n)));
  const tiles = tilesOf(MAX);
  const root = (n: number) => roots[n] ?? new Uint8Array();
  for (let newSize = 1; newSize <= MAX; newSize += newSize < 20 ? 1 : 7) {
    for (let oldSize = 1; oldSize <= newSize; oldSize += oldSize < 20 ? 1 : 5) {
      const proof = proveConsistency(tiles, oldSize, newSize);
      const claim = { oldSize, oldRoot: root(oldSize), newSize, newRoot: root(newSize), proof };
      expect(verifyConsistency(claim)).toBe(true);
      if (oldSize === newSize) continue;
      expect(verifyConsistency({ ...claim, oldRoot: root(oldSize - 1) })).toBe(false);
      expect(verifyConsistency({ ...claim, newRoot: root(newSize - 1) })).toBe(false);
      expect(verifyConsistency({ ...claim, proof: proof.slice(0, -1) })).toBe(false);
      expect(verifyConsistency({ ...claim, proof: [...proof, root(1)] })).toBe(false);
    }
  }
});

test('an edge restored from its partial tiles goes on alike', () => {
  for (const size of [0, 1, 255, 256, 257, 299]) {
    const edge = new TreeEdge();
    for (const leaf of leaves.slice(0, size)) edge.append(leaf);
    const partials = new Map(edge.partials().map((tile) => [tile.level, tile.bytes]));
    const restored = TreeEdge.restore(size, (level) => partials.get(level) ?? new Uint8Array());
    const last = leaves.at(-1) ?? new Uint8Array();
    expect(restored.root()).toEqual(edge.root());
    expect(restored.append(last)).toEqual(edge.append(last));
    expect(restored.root()).toEqual(edge.root());
  }
});

const widths = [
  { size: 0, tiles: [] },
  { size: 1, tiles: ['0/0:1'] },
  { size: 255, tiles: ['0/0:255'] },
  { size: 256, tiles: ['0/0:256', '1/0:1'] },
  { size: 257, tiles: ['0/0:256', '0/1:1', '1/0:1'] },
  { size: 70_000, tiles: ['0/0:256', '0/272:256', '0/273:112', '1/0:256', '1/1:17', '2/0:1'] },
];
test.each(widths)('a log of $size entries has the tiles of the specification', ({ size, tiles }) => {
  const found: string[] = [];
  for (let level = 0; hashesAt(size, level) > 0; level++) {
    const count = Math.ceil(hashesAt(size, level) / TILE_WIDTH);
    for (let i = 0; i < count; i++)
      if (i === 0 || i >= count - 2) found.push(`${level}/${i}:${widthIn(size, level, i)}`);
  }
  expect(found).toEqual(tiles);
});

test('tiles that the edge makes for 70,000 entries are those that the size implies', () => {
  const edge = new TreeEdge();
  let full = 0;
  const leaf = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < 70_000; i++) full += edge.append(leaf).length;
  expect(full).toBe(273 + 1);
  expect(edge.partials().map(({ level, index, width }) => `${level}/${index}:${width}`)).toEqual([
    '0/273:112',
    '1/1:17',
    '2/0:1',
  ]);
});
