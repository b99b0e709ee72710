import { fromBase64, toBase64 } from './base64.ts';
import { type Checkpoint, openCheckpoint, parseDecimal } from './checkpoint.ts';
import { FormatError } from './format-error.ts';
import { HASH_BYTES, leafHash } from './hash.ts';
import { verifyInclusion } from './proof.ts';
import type { NoteVerifier } from './verifier-key.ts';

// C2SP tlog-proof: an inclusion proof with its checkpoint, verifiable offline. File name `*.tlog-proof`.

const HEADER = 'c2sp.org/tlog-proof@v1';
const MAX_PROOF_HASHES = 63;

export interface Receipt {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint, as published. */
  readonly checkpoint: Uint8Array;
}

export function encodeReceipt(receipt: Receipt): string {
  const lines = [HEADER, `index ${receipt.index}`, ...receipt.proof.map(toBase64), ''];
  return `${lines.join('\n')}\n${new TextDecoder().decode(receipt.checkpoint)}`;
}

export function parseReceipt(text: string): Receipt {
  const end = text.indexOf('\n\n');
  if (end < 0) throw new FormatError('a receipt is a proof, an empty line and a checkpoint');
  const lines = text.slice(0, end).split('\n');
  if (lines.shift() !== HEADER) throw new FormatError(`a receipt starts with ${HEADER}`);
  if (lines[0]?.startsWith('extra ')) fromBase64(lines.shift()?.slice('extra '.length) ?? '');
  const index = /^index (.*)$/.exec(lines.shift() ?? '')?.[1];
  if (index === undefined) throw new FormatError('a receipt names its index');
  const proof = lines.map(fromBase64);
  if (proof.length > MAX_PROOF_HASHES || proof.some((hash) => hash.length !== HASH_BYTES)) {
    throw new FormatError('a proof is at most 63 hashes of 32 bytes');
  }
  return { index: parseDecimal(index), proof, checkpoint: Buffer.from(text.slice(end + 2), 'utf8') };
}

/** Throws FormatError unless the entry is the one at the receipt's index in a log that the key signed. */
export function verifyReceipt(text: string, entry: Uint8Array, verifier: NoteVerifier): Checkpoint {
  const receipt = parseReceipt(text);
  const checkpoint = openCheckpoint(receipt.checkpoint, verifier);
  const { size, root } = checkpoint;
  if (!verifyInclusion({ leaf: leafHash(entry), index: receipt.index, size, root, proof: receipt.proof })) {
    throw new FormatError(`the entry is not number ${receipt.index} of this log`);
  }
  return checkpoint;
}
