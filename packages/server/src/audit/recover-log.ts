import {
  type Checkpoint,
  HASH_BYTES,
  hashesAt,
  leafHash,
  type NoteVerifier,
  openCheckpoint,
  perfectRoot,
  sameBytes,
  TILE_WIDTH,
  TreeEdge,
  tilePath,
} from '@reeve/ledger';
import { ReeveError } from '../lib/index.ts';
import type { Storage } from '../storage/index.ts';
import { readBounds, readEntries, readHead } from './ledger-store.ts';
import type { LogFiles } from './log-files.ts';

/** Where publishing goes on: the tree's edge, and the entries of the bundle that is not full yet. */
export interface LogState {
  readonly edge: TreeEdge;
  readonly openBundle: Uint8Array[];
}

/**
 * What was published, read back from files and table and held against the signed root. Throws where the two contradict each
 * other: going on would sign a second history.
 */
export async function recoverLog(storage: Storage, files: LogFiles, verifier: NoteVerifier): Promise<LogState> {
  const note = await files.read('checkpoint');
  const checkpoint = note && openPublished(note, verifier);
  const size = checkpoint?.size ?? 0;
  await refuseOlderDatabase(storage, size);
  const openFrom = size - (size % TILE_WIDTH);
  await refuseMissingEntries(storage, openFrom);
  const rows = await readEntries(storage, openFrom, size - openFrom);
  if (rows.length !== size - openFrom)
    throw contradiction(`entries ${openFrom} to ${size - 1} are not in the database`);
  const openBundle = rows.map((row) => row.bytes);
  for (const rebuild of [false, true]) {
    const edge = await restoreEdge(files, size, openBundle, rebuild);
    if (checkpoint === undefined || (edge && sameBytes(edge.root(), checkpoint.root))) {
      return { edge: edge ?? new TreeEdge(), openBundle };
    }
  }
  throw contradiction('the entries are not those that the last checkpoint signed');
}

function openPublished(note: Uint8Array, verifier: NoteVerifier): Checkpoint {
  try {
    return openCheckpoint(note, verifier);
  } catch (error) {
    throw new ReeveError(
      'fail_closed',
      'the ledger checkpoint on disk was not signed by this key for this origin; put back the key file or the origin it was begun with',
      { cause: error },
    );
  }
}

/** LED-7: the database says how far it has let checkpoints go, so a head beyond that means that it is an older copy. */
async function refuseOlderDatabase(storage: Storage, size: number): Promise<void> {
  const head = await readHead(storage);
  if (size <= head) return;
  throw contradiction(
    `the ledger files are signed up to ${size} entries, the database knows of ${head}: it was restored from an older backup`,
  );
}

async function refuseMissingEntries(storage: Storage, openFrom: number): Promise<void> {
  const bounds = await readBounds(storage);
  if (bounds === undefined || bounds.first <= openFrom) return;
  throw contradiction(
    `entries ${openFrom} to ${bounds.first - 1} are neither in the files nor in the database: the ledger files were removed or are older`,
  );
}

function contradiction(what: string): ReeveError {
  return new ReeveError(
    'fail_closed',
    `refusing to sign the ledger: ${what}. Restore database and ledger files of one time.`,
  );
}

async function restoreEdge(
  files: LogFiles,
  size: number,
  openBundle: readonly Uint8Array[],
  rebuild: boolean,
): Promise<TreeEdge | undefined> {
  const partials: Uint8Array[] = [Buffer.concat(openBundle.map(leafHash))];
  for (let level = 1; hashesAt(size, level) > 0; level++) {
    const count = hashesAt(size, level);
    const width = count % TILE_WIDTH;
    const stored =
      width === 0 || rebuild
        ? undefined
        : await files.read(tilePath({ level, index: Math.floor(count / TILE_WIDTH), width }));
    const partial =
      stored?.length === width * HASH_BYTES ? stored : await hashTilesBelow(files, level, count - width, width);
    if (partial === undefined) return undefined;
    partials.push(partial);
  }
  return TreeEdge.restore(size, (level) => partials[level] ?? new Uint8Array());
}

async function hashTilesBelow(
  files: LogFiles,
  level: number,
  from: number,
  width: number,
): Promise<Uint8Array | undefined> {
  const hashes: Uint8Array[] = [];
  for (let index = from; index < from + width; index++) {
    const tile = await files.read(tilePath({ level: level - 1, index, width: TILE_WIDTH }));
    if (tile?.length !== TILE_WIDTH * HASH_BYTES) return undefined;
    hashes.push(perfectRoot(tile));
  }
  return Buffer.concat(hashes);
}
