import { emptyTreeHash, HASH_BYTES, nodeHash, perfectRoot } from './hash.ts';
import { hashesAt, TILE_BYTES, TILE_WIDTH } from './tile-path.ts';

export interface HashTile {
  readonly level: number;
  readonly index: number;
  readonly width: number;
  readonly bytes: Uint8Array;
}

const NO_TILES: readonly HashTile[] = [];

/** The right edge of a growing tree: for each level the tile that is not full yet. Enough to go on, and to know the root. */
export class TreeEdge {
  readonly #levels: Uint8Array[] = [];
  #size = 0;

  /** The edge of a log of `size` entries; `partial` gives the hashes of each level's unfinished tile. */
  static restore(size: number, partial: (level: number) => Uint8Array): TreeEdge {
    const edge = new TreeEdge();
    edge.#size = size;
    for (let level = 0; hashesAt(size, level) > 0; level++) edge.#level(level).set(partial(level));
    return edge;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a leaf. Answers the tiles that became full by it, lowest level first. */
  append(leaf: Uint8Array): readonly HashTile[] {
    const at = this.#size % TILE_WIDTH;
    this.#level(0).set(leaf, at * HASH_BYTES);
    this.#size++;
    return at === TILE_WIDTH - 1 ? this.#fullTiles() : NO_TILES;
  }

  /** The unfinished tiles of the present size, for a checkpoint. */
  partials(): readonly HashTile[] {
    const tiles: HashTile[] = [];
    for (let level = 0; hashesAt(this.#size, level) > 0; level++) {
      const width = hashesAt(this.#size, level) % TILE_WIDTH;
      if (width === 0) continue;
      const index = Math.floor(hashesAt(this.#size, level) / TILE_WIDTH);
      tiles.push({ level, index, width, bytes: this.#level(level).slice(0, width * HASH_BYTES) });
    }
    return tiles;
  }

  root(): Uint8Array {
    const subtrees: Uint8Array[] = [];
    for (let level = this.#levels.length - 1; level >= 0; level--) {
      const width = hashesAt(this.#size, level) % TILE_WIDTH;
      let from = 0;
      for (let count = TILE_WIDTH / 2; count >= 1; count /= 2) {
        if ((width & count) === 0) continue;
        subtrees.push(perfectRoot(this.#level(level).subarray(from * HASH_BYTES, (from + count) * HASH_BYTES)));
        from += count;
      }
    }
    const last = subtrees.pop();
    return last === undefined ? emptyTreeHash() : subtrees.reduceRight((right, left) => nodeHash(left, right), last);
  }

  #fullTiles(): readonly HashTile[] {
    const full: HashTile[] = [];
    for (let level = 0; hashesAt(this.#size, level) % TILE_WIDTH === 0; level++) {
      const count = hashesAt(this.#size, level);
      if (count === 0 || this.#size % TILE_WIDTH ** (level + 1) !== 0) break;
      const bytes = this.#level(level).slice();
      full.push({ level, index: count / TILE_WIDTH - 1, width: TILE_WIDTH, bytes });
      const above = (count / TILE_WIDTH - 1) % TILE_WIDTH;
      this.#level(level + 1).set(perfectRoot(bytes), above * HASH_BYTES);
    }
    return full;
  }

  #level(level: number): Uint8Array {
    let tile = this.#levels[level];
    if (tile === undefined) {
      tile = new Uint8Array(TILE_BYTES);
      this.#levels[level] = tile;
    }
    return tile;
  }
}
