import { fromBase64, toBase64 } from './base64.ts';
import { FormatError } from './format-error.ts';
import { HASH_BYTES } from './hash.ts';
import { openNote, signNote } from './note.ts';
import type { NoteSigner, NoteVerifier } from './verifier-key.ts';

/** A signed tree head (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Lines after the root. We never write any, and nothing is known about them but that they were signed. */
  readonly extensions: readonly string[];
}

export function signCheckpoint(head: { size: number; root: Uint8Array }, signer: NoteSigner): Uint8Array {
  return signNote(`${signer.name}\n${head.size}\n${toBase64(head.root)}\n`, signer);
}

/** Throws FormatError unless the key signed it and the origin is the key's name. */
export function openCheckpoint(note: Uint8Array, verifier: NoteVerifier): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [verifier]).text);
  if (checkpoint.origin !== verifier.name) {
    throw new FormatError(`the checkpoint is of ${checkpoint.origin}, not of ${verifier.name}`);
  }
  return checkpoint;
}

function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', decimal = '', base64 = '', ...extensions] = text.slice(0, -1).split('\n');
  const size = parseDecimal(decimal);
  const root = fromBase64(base64);
  if (origin === '' || root.length !== HASH_BYTES || extensions.includes('')) {
    throw new FormatError('a checkpoint is three lines: origin, size, root');
  }
  return { origin, size, root, extensions };
}

export function parseDecimal(text: string): number {
  const number = Number(text);
  if (!/^(0|[1-9][0-9]*)$/.test(text) || !Number.isSafeInteger(number)) {
    throw new FormatError(`${JSON.stringify(text)} is no decimal number without leading zeros`);
  }
  return number;
}
