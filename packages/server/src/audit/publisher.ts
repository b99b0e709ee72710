import {
  encodeBundle,
  encodeVerifierKey,
  type HashTile,
  leafHash,
  type NoteSigner,
  sameBytes,
  signCheckpoint,
  TILE_WIDTH,
  tilePath,
} from '@reeve/ledger';
import { ReeveError } from '../lib/index.ts';
import type { Storage } from '../storage/index.ts';
import { purgeEntries, raiseHead, readBounds, readEntries } from './ledger-store.ts';
import { LogFiles } from './log-files.ts';
import { type LogState, recoverLog } from './recover-log.ts';

const MAX_ENTRIES_PER_CHECKPOINT = 32_768;
const MAX_PURGED_AT_ONCE = 2_048;

export interface PublisherParts {
  readonly storage: Storage;
  readonly directory: string;
  /** Throws or answers undefined while the key cannot be had. */
  readonly signer: () => NoteSigner | undefined;
}

/** Turns new rows of the entry table into tiles, bundles and a signed checkpoint. One call at a time. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #files: LogFiles;
  #state: LogState | undefined;
  #published = 0;
  #purgedBelow: number | undefined;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#files = new LogFiles(parts.directory);
  }

  /** How many entries the checkpoint on disk covers. */
  get published(): number {
    return this.#published;
  }

  /** Publishes what is in the table now, up to a bound. Answers whether more is waiting. After a failure it starts from disk. */
  async publish(): Promise<boolean> {
    const signer = this.#parts.signer();
    if (signer === undefined) throw new ReeveError('fail_closed', 'the ledger signing key is missing');
    try {
      const state = this.#state ?? (await this.recover(signer));
      const last = (await readBounds(this.#parts.storage))?.last ?? -1;
      const size = Math.min(last + 1, nextBundleStart(this.#published) + MAX_ENTRIES_PER_CHECKPOINT);
      if (size > this.#published) await this.#publishUpTo(size, state, signer);
      await this.#purge();
      return last + 1 > size;
    } catch (error) {
      this.#state = undefined;
      throw error;
    }
  }

  /** Reads back where publishing goes on. Throws where files and database contradict each other. */
  async recover(signer: NoteSigner): Promise<LogState> {
    const state = await recoverLog(this.#parts.storage, this.#files, signer);
    this.#published = state.edge.size;
    const vkey = `${encodeVerifierKey(signer)}\n`;
    const known = await this.#files.read('vkey');
    if (known === undefined || Buffer.from(known).toString() !== vkey)
      await this.#files.write('vkey', Buffer.from(vkey));
    await this.#repairPartials(state);
    this.#state = state;
    return state;
  }

  async #publishUpTo(size: number, state: LogState, signer: NoteSigner): Promise<void> {
    // Order matters: what is to be signed survives power loss, then its files do, then the checkpoint appears.
    if (!(await raiseHead(this.#parts.storage, size))) {
      throw new ReeveError('fail_closed', 'refusing to sign the ledger: another process has signed further');
    }
    const full: HashTile[] = [];
    while (state.edge.size < size) full.push(...(await this.#takeBundle(size, state)));
    await this.#writePartials(state);
    await this.#files.settle();
    await this.#files.write('checkpoint', signCheckpoint({ size, root: state.edge.root() }, signer));
    await this.#files.settle();
    this.#published = size;
    for (const tile of full) await this.#removePartials(tile);
  }

  /** Reads at most one bundle's worth, so that the event loop is never held for long. */
  async #takeBundle(size: number, state: LogState): Promise<readonly HashTile[]> {
    const { edge, openBundle } = state;
    const limit = Math.min(size - edge.size, TILE_WIDTH - openBundle.length);
    const rows = await readEntries(this.#parts.storage, edge.size, limit);
    const full: HashTile[] = [];
    for (const row of rows) {
      if (row.index !== edge.size) break;
      openBundle.push(row.bytes);
      full.push(...edge.append(leafHash(row.bytes)));
    }
    if (rows.length !== limit || edge.size !== (rows.at(-1)?.index ?? -1) + 1) {
      throw new ReeveError('fail_closed', `refusing to sign the ledger: entry ${edge.size} is missing in the database`);
    }
    if (openBundle.length < TILE_WIDTH) return full;
    const index = edge.size / TILE_WIDTH - 1;
    await this.#files.write(tilePath({ level: 'entries', index, width: TILE_WIDTH }), encodeBundle(openBundle));
    openBundle.length = 0;
    for (const tile of full) await this.#files.write(tilePath(tile), tile.bytes);
    return full;
  }

  async #writePartials(state: LogState): Promise<void> {
    for (const [path, bytes] of partialFiles(state)) await this.#files.write(path, bytes);
  }

  /** The checkpoint on disk promises these files: what a crash or a person tore is made again. */
  async #repairPartials(state: LogState): Promise<void> {
    for (const [path, bytes] of partialFiles(state)) {
      const stored = await this.#files.read(path);
      if (stored === undefined || !sameBytes(stored, bytes)) await this.#files.write(path, bytes);
    }
    await this.#files.settle();
  }

  async #removePartials(full: HashTile): Promise<void> {
    await this.#files.removePartials(tilePath(full));
    if (full.level === 0) await this.#files.removePartials(tilePath({ ...full, level: 'entries' }));
  }

  /** Entries whose whole bundle lies in a file under the checkpoint leave the table: no second copies. */
  async #purge(): Promise<void> {
    const below = this.#published - (this.#published % TILE_WIDTH);
    this.#purgedBelow ??= (await readBounds(this.#parts.storage))?.first ?? below;
    while (this.#purgedBelow < below) {
      this.#purgedBelow = Math.min(below, this.#purgedBelow + MAX_PURGED_AT_ONCE);
      await purgeEntries(this.#parts.storage, this.#purgedBelow);
    }
  }
}

/** Catching up stops where a bundle is full, so that it leaves few partial files. */
function nextBundleStart(size: number): number {
  return Math.ceil(size / TILE_WIDTH) * TILE_WIDTH;
}

function partialFiles({ edge, openBundle }: LogState): [path: string, bytes: Uint8Array][] {
  const files = edge.partials().map((tile): [string, Uint8Array] => [tilePath(tile), tile.bytes]);
  if (openBundle.length === 0) return files;
  const index = Math.floor(edge.size / TILE_WIDTH);
  return [[tilePath({ level: 'entries', index, width: openBundle.length }), encodeBundle(openBundle)], ...files];
}
