import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import {
  FormatError,
  type LogVerification,
  type NoteVerifier,
  parseTilePath,
  parseVerifierKey,
  type TileRef,
  tilePath,
  VERIFICATION_LIMITS,
  type VerifyOptions,
  verifyLog,
  widthIn,
} from '@reeve/ledger';

export interface VerifyLedgerOptions extends Pick<VerifyOptions, 'earlier' | 'onProgress' | 'onEntry'> {
  /** The verifier key that the auditor holds; without it the one in the files is used, and the report says so. */
  readonly vkey?: string;
}

export type LedgerVerification = LogVerification & {
  readonly keyFrom: 'given' | 'files';
  /** Files that belong to no published tile, e.g. left by a crash. They prove and disprove nothing. */
  readonly strangers: readonly string[];
  /** Print them with every success. */
  readonly limits: readonly string[];
};

/** Verifies a copy of the ledger files alone, without a server or its database. Reads synchronously: for commands. */
export function verifyLedger(directory: string, options: VerifyLedgerOptions = {}): LedgerVerification {
  const read = (path: string) => readPublic(directory, path);
  const frame = { keyFrom: options.vkey === undefined ? 'files' : 'given', limits: VERIFICATION_LIMITS } as const;
  const fail = (path: string, why: string) => ({ ok: false, path, why, strangers: [], ...frame }) as const;
  let verifier: NoteVerifier;
  try {
    const text = options.vkey ?? text8(read('vkey'));
    if (text === undefined) return fail('vkey', 'the file is missing; pass the verifier key');
    verifier = parseVerifierKey(text);
    const inFiles = read('vkey');
    if (inFiles !== undefined && text8(inFiles) !== `${text.trim()}\n`)
      return fail('vkey', 'it is not the verifier key given');
  } catch (error) {
    if (error instanceof FormatError) return fail('vkey', error.message);
    throw error;
  }
  const result = verifyLog({ ...options, read, verifier });
  if (!result.ok) return { ...result, ...frame, strangers: [] };
  const { fault, strangers } = checkOtherFiles(directory, result.checkpoint.size);
  return fault === undefined
    ? { ...result, ...frame, strangers }
    : fail(fault, 'it differs from the full log that it is a part of');
}

/** Partial tiles of earlier checkpoints are published too: each must be the beginning of what was verified. */
function checkOtherFiles(directory: string, size: number): { fault?: string; strangers: readonly string[] } {
  const strangers: string[] = [];
  for (const item of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    const path = relative(directory, join(item.parentPath, item.name)).split(sep).join('/');
    if (path === 'checkpoint' || path === 'vkey') continue;
    const tile = parseTilePath(path);
    const published = tile && publishedForm(tile, size);
    if (tile === undefined || published === undefined || tile.width > published.width) strangers.push(path);
    else if (tile.width < published.width && !isBeginning(directory, path, tilePath(published)))
      return { fault: path, strangers };
  }
  return { strangers };
}

function publishedForm(tile: TileRef, size: number): TileRef | undefined {
  const level = tile.level === 'entries' ? 0 : tile.level;
  const width = widthIn(size, level, tile.index);
  return width < 1 ? undefined : { ...tile, width };
}

function isBeginning(directory: string, path: string, wholePath: string): boolean {
  const part = readPublic(directory, path);
  const whole = readPublic(directory, wholePath);
  return part !== undefined && whole !== undefined && Buffer.compare(part, whole.subarray(0, part.length)) === 0;
}

function readPublic(directory: string, path: string): Uint8Array | undefined {
  try {
    return readFileSync(join(directory, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function text8(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('utf8');
}
