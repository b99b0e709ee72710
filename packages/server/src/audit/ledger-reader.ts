import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeBundle,
  decodeEntry,
  encodeReceipt,
  type LedgerEntry,
  type NoteVerifier,
  openCheckpoint,
  parseVerifierKey,
  proveInclusion,
  TILE_WIDTH,
  tilePath,
  widthIn,
} from '@reeve/ledger';
import { must, ReeveError } from '../lib/index.ts';
import type { Storage } from '../storage/index.ts';
import { readEntries } from './ledger-store.ts';

const MAX_ENTRIES_PER_READ = 1_000;

export interface IndexedEntry {
  readonly index: number;
  /** Undefined for an entry of a later version. */
  readonly entry: LedgerEntry | undefined;
  readonly bytes: Uint8Array;
}

export interface EntryReceipt {
  readonly index: number;
  /** The entry's exact bytes; the proof is about them. */
  readonly entry: Uint8Array;
  /** Text of a `*.tlog-proof` file. */
  readonly receipt: string;
}

/** Reads entries wherever they are by now: published ones from the files, the rest from the table. For pages, not for actions. */
export class LedgerReader {
  readonly #storage: Storage;
  readonly #directory: string;

  /** @param directory the public files, `Ledger.directory` */
  constructor(storage: Storage, directory: string) {
    this.#storage = storage;
    this.#directory = directory;
  }

  /** Entries from an index on, at most a thousand. Entries of every workspace: the caller filters. */
  async entries(fromIndex: number, limit: number): Promise<IndexedEntry[]> {
    const wanted = Math.min(limit, MAX_ENTRIES_PER_READ);
    const found: IndexedEntry[] = [];
    const size = this.#checkpoint()?.size ?? 0;
    for (let index = fromIndex; index < Math.min(size, fromIndex + wanted); ) {
      const bundle = Math.floor(index / TILE_WIDTH);
      for (const bytes of this.#bundle(bundle, size).slice(
        index % TILE_WIDTH,
        (index % TILE_WIDTH) + wanted - found.length,
      )) {
        found.push(toIndexed(index, bytes));
        index++;
      }
    }
    const missing = wanted - found.length;
    if (missing <= 0) return found;
    const next = fromIndex + found.length;
    const rows = await readEntries(this.#storage, next, missing);
    const first = rows[0]?.index ?? next;
    // Meanwhile published and gone from the table: they are in the files now.
    if (first !== next) return [...found, ...(await this.entries(next, missing))];
    return [...found, ...rows.map((row) => toIndexed(row.index, row.bytes))];
  }

  /** Proof that an entry is in the log, for a stranger. Throws `not_found` until a checkpoint covers it. */
  receipt(index: number): EntryReceipt {
    const checkpoint = this.#checkpoint();
    if (checkpoint === undefined || !Number.isInteger(index) || index < 0 || index >= checkpoint.size) {
      throw new ReeveError('not_found', `no checkpoint covers entry ${index} yet`);
    }
    const { size, note } = checkpoint;
    const tiles = (level: number, tile: number) => this.#tile(level, tile, size);
    const proof = proveInclusion(tiles, index, size);
    const entry = must(
      this.#bundle(Math.floor(index / TILE_WIDTH), size)[index % TILE_WIDTH],
      'the entry of its bundle',
    );
    return { index, entry, receipt: encodeReceipt({ index, proof, checkpoint: note }) };
  }

  /** What strangers start from. `checkpoint` is null until the first one is published. */
  head(): { readonly origin: string; readonly vkey: string; readonly checkpoint: string | null } {
    const vkey = Buffer.from(must(readFile(this.#directory, 'vkey'), 'vkey'))
      .toString('utf8')
      .trim();
    const note = readFile(this.#directory, 'checkpoint');
    return {
      origin: parseVerifierKey(vkey).name,
      vkey,
      checkpoint: note === undefined ? null : Buffer.from(note).toString('utf8'),
    };
  }

  #checkpoint(): { size: number; note: Uint8Array } | undefined {
    const note = readFile(this.#directory, 'checkpoint');
    if (note === undefined) return undefined;
    return { note, size: openCheckpoint(note, this.#verifier()).size };
  }

  #verifier(): NoteVerifier {
    return parseVerifierKey(Buffer.from(must(readFile(this.#directory, 'vkey'), 'vkey')).toString('utf8'));
  }

  #bundle(index: number, size: number): Uint8Array[] {
    const width = widthIn(size, 0, index);
    const bytes = this.#publicFile('entries', index, width);
    // A full bundle may have taken the place of a partial one meanwhile: its first entries are the same.
    return decodeSome(bytes, width);
  }

  #tile(level: number, index: number, size: number): Uint8Array {
    return this.#publicFile(level, index, widthIn(size, level, index));
  }

  #publicFile(level: number | 'entries', index: number, width: number): Uint8Array {
    return must(
      readFile(this.#directory, tilePath({ level, index, width })) ??
        readFile(this.#directory, tilePath({ level, index, width: TILE_WIDTH })),
      `tile ${level}/${index}`,
    );
  }
}

function decodeSome(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (const entry of decodeBundle(bytes, TILE_WIDTH)) {
    entries.push(entry);
    if (entries.length === width) break;
  }
  return entries;
}

function toIndexed(index: number, bytes: Uint8Array): IndexedEntry {
  const decoded = decodeEntry(bytes);
  return { index, bytes, entry: decoded.known ? decoded.entry : undefined };
}

function readFile(directory: string, path: string): Uint8Array | undefined {
  try {
    return readFileSync(join(directory, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
