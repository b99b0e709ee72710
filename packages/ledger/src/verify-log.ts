import { decodeBundle } from './bundle.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { decodeEntry } from './decode-entry.ts';
import type { LedgerEntry } from './entry.ts';
import { FormatError } from './format-error.ts';
import { HASH_BYTES, leafHash, perfectRoot, sameBytes } from './hash.ts';
import { Pairing, type PairingReport } from './pairing.ts';
import { TILE_WIDTH, tilePath, widthIn } from './tile-path.ts';
import { type HashTile, TreeEdge } from './tree-edge.ts';
import type { NoteVerifier } from './verifier-key.ts';

/** A file of the public layout, or undefined where it is not there. */
export type LogReader = (path: string) => Uint8Array | undefined;

export interface VerifyOptions {
  readonly read: LogReader;
  readonly verifier: NoteVerifier;
  /** Checkpoints kept from earlier: the log must have grown from each of them. */
  readonly earlier?: readonly Uint8Array[];
  readonly onProgress?: (done: number, size: number) => void;
  readonly onEntry?: (index: number, entry: LedgerEntry) => void;
}

export type LogVerification =
  | {
      readonly ok: true;
      readonly checkpoint: Checkpoint;
      readonly pairing: PairingReport;
      readonly events: Readonly<Record<string, number>>;
      /** Entries of events that this version does not know; hashed, not read. */
      readonly unknownEntries: number;
    }
  | {
      readonly ok: false;
      /** The first entry that fails; absent where the fault is in no entry but in the head. */
      readonly firstFailing?: number;
      /** Where a hash over several entries fails: the last that it covers. */
      readonly lastSuspect?: number;
      readonly path: string;
      readonly why: string;
    };

/** Reads the whole log and holds every byte that its checkpoint implies against the signed root. */
export function verifyLog(options: VerifyOptions): LogVerification {
  try {
    return new LogCheck(options).run();
  } catch (error) {
    if (error instanceof Fault) return error.verdict;
    throw error;
  }
}

class Fault extends Error {
  readonly verdict: Extract<LogVerification, { ok: false }>;

  constructor(path: string, why: string, entries: { firstFailing?: number; lastSuspect?: number } = {}) {
    super(why);
    this.verdict = { ok: false, path, why, ...entries };
  }
}

class LogCheck {
  readonly #options: VerifyOptions;
  readonly #edge = new TreeEdge();
  readonly #pairing = new Pairing();
  readonly #events: Record<string, number> = {};
  /** The tile under comparison at each level. */
  readonly #tiles: { index: number; path: string; bytes: Uint8Array }[] = [];
  #unknown = 0;
  #size = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  run(): LogVerification {
    const checkpoint = this.#open('checkpoint', this.#options.read('checkpoint'));
    this.#size = checkpoint.size;
    const earlier = (this.#options.earlier ?? []).map((note, i) => this.#open(`earlier checkpoint ${i + 1}`, note));
    for (const old of earlier) {
      if (old.size > checkpoint.size) {
        throw new Fault('checkpoint', `the log was cut: it once had ${old.size} entries`, {
          firstFailing: checkpoint.size,
        });
      }
    }
    this.#compareEarlier(earlier);
    for (let bundle = 0; bundle * TILE_WIDTH < this.#size; bundle++) this.#checkBundle(bundle, earlier);
    if (!sameBytes(this.#edge.root(), checkpoint.root)) {
      throw new Fault('checkpoint', 'entries and tiles agree, but their root is not the one that was signed');
    }
    const pairing = this.#pairing.report();
    return { ok: true, checkpoint, pairing, events: this.#events, unknownEntries: this.#unknown };
  }

  #open(path: string, note: Uint8Array | undefined): Checkpoint {
    if (note === undefined) throw new Fault(path, 'the file is missing');
    try {
      return openCheckpoint(note, this.#options.verifier);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new Fault(path, error.message);
    }
  }

  #checkBundle(bundle: number, earlier: readonly Checkpoint[]): void {
    const first = bundle * TILE_WIDTH;
    const { path, bytes } = this.#load('entries', bundle, first);
    let index = first;
    try {
      for (const entry of decodeBundle(bytes, widthIn(this.#size, 0, bundle))) {
        this.#checkEntry(index, entry, path);
        index++;
        if (earlier.length > 0) this.#compareEarlier(earlier);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new Fault(path, error.message, { firstFailing: Math.min(index, this.#size - 1) });
    }
    this.#options.onProgress?.(index, this.#size);
  }

  #checkEntry(index: number, bytes: Uint8Array, path: string): void {
    const leaf = leafHash(bytes);
    this.#compare(0, index, leaf, path);
    for (const full of this.#edge.append(leaf)) this.#compareAbove(full);
    const decoded = decodeEntry(bytes);
    if (decoded.known) {
      this.#events[decoded.entry.event] = (this.#events[decoded.entry.event] ?? 0) + 1;
      this.#options.onEntry?.(index, decoded.entry);
    } else this.#unknown++;
    this.#pairing.add(decoded);
  }

  #compareAbove(full: HashTile): void {
    this.#compare(full.level + 1, full.index, perfectRoot(full.bytes), tilePath(full));
  }

  /** Holds hash `index` of a level against the tile that publishes it. */
  #compare(level: number, index: number, hash: Uint8Array, below: string): void {
    const span = TILE_WIDTH ** level;
    const number = Math.floor(index / TILE_WIDTH);
    let tile = this.#tiles[level];
    if (tile === undefined || tile.index !== number) {
      tile = { index: number, ...this.#load(level, number, index * span) };
      this.#tiles[level] = tile;
    }
    const at = (index % TILE_WIDTH) * HASH_BYTES;
    if (sameBytes(tile.bytes.subarray(at, at + HASH_BYTES), hash)) return;
    const firstFailing = index * span;
    throw new Fault(level === 0 ? below : tile.path, `${below} does not hash to what ${tile.path} says`, {
      firstFailing,
      ...(level === 0 ? {} : { lastSuspect: firstFailing + span - 1 }),
    });
  }

  #compareEarlier(earlier: readonly Checkpoint[]): void {
    for (const old of earlier) {
      if (old.size !== this.#edge.size || sameBytes(old.root, this.#edge.root())) continue;
      throw new Fault('checkpoint', `the first ${old.size} entries are not those of the earlier checkpoint`);
    }
  }

  #load(level: number | 'entries', index: number, firstFailing: number): { path: string; bytes: Uint8Array } {
    const width = widthIn(this.#size, level === 'entries' ? 0 : level, index);
    const path = tilePath({ level, index, width });
    const bytes = this.#options.read(path);
    if (bytes === undefined) throw new Fault(path, 'the file is missing', { firstFailing });
    if (level !== 'entries' && bytes.length !== width * HASH_BYTES) {
      throw new Fault(path, `the tile has ${bytes.length} bytes, not ${width * HASH_BYTES}`, { firstFailing });
    }
    return { path, bytes };
  }
}
