import { HASH_BYTES } from './hash.ts';

// Where hashes and entries lie in the public layout (C2SP tlog-tiles).

export const TILE_WIDTH = 256;
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** A tile of hashes at a level, or a bundle of entries. Width 256 is the full tile. */
export interface TileRef {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

export function tilePath(tile: TileRef): string {
  const partial = tile.width === TILE_WIDTH ? '' : `.p/${tile.width}`;
  return `tile/${tile.level}/${numberGroups(tile.index)}${partial}`;
}

const TILE_PATH =
  /^tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** The tile that a path names, or undefined for any other path: nothing outside the layout can be asked for. */
export function parseTilePath(path: string): TileRef | undefined {
  const match = TILE_PATH.exec(path);
  if (match === null) return undefined;
  const [, level = '', groups = '', partial] = match;
  const index = Number(groups.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  const tile: TileRef = { level: level === 'entries' ? level : Number(level), index, width };
  if (!Number.isSafeInteger(index) || (partial !== undefined && width >= TILE_WIDTH)) return undefined;
  return tilePath(tile) === path ? tile : undefined;
}

/** How many hashes a log of this size has at a level. */
export function hashesAt(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** How wide tile `index` of a level is in a log of this size; 0 where it does not exist. */
export function widthIn(size: number, level: number, index: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesAt(size, level) - index * TILE_WIDTH));
}

function numberGroups(index: number): string {
  let groups = String(index % 1_000).padStart(3, '0');
  for (let rest = Math.floor(index / 1_000); rest > 0; rest = Math.floor(rest / 1_000)) {
    groups = `x${String(rest % 1_000).padStart(3, '0')}/${groups}`;
  }
  return groups;
}
