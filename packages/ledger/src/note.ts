import { fromBase64, toBase64 } from './base64.ts';
import { FormatError } from './format-error.ts';
import type { NoteSigner, NoteVerifier } from './verifier-key.ts';

// C2SP signed-note: text, an empty line, then `— <name> <base64(keyid ‖ signature)>` lines.

const MAX_NOTE_BYTES = 1_000_000;
const MAX_SIGNATURES = 100;
const SIGNATURE_LINE = /^\u2014 ([^\s+]+) (\S+)$/u;
const KEY_ID_BYTES = 4;

interface SignatureLine {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export interface OpenedNote {
  readonly text: string;
  /** Names of the known keys that signed; at least one. */
  readonly signedBy: readonly string[];
}

export function signNote(text: string, signer: NoteSigner): Uint8Array {
  if (!text.endsWith('\n')) throw new FormatError('the text of a note ends with a newline');
  const bytes = Buffer.from(text, 'utf8');
  const blob = Buffer.concat([Buffer.from(signer.keyId, 'hex'), signer.sign(bytes)]);
  return Buffer.from(`${text}\n\u2014 ${signer.name} ${toBase64(blob)}\n`, 'utf8');
}

/** Throws FormatError unless a known key signed it. Lines of unknown keys are passed over; a known key that fails rejects. */
export function openNote(note: Uint8Array, verifiers: readonly NoteVerifier[]): OpenedNote {
  const { text, signatures } = splitNote(note);
  const bytes = Buffer.from(text, 'utf8');
  const signedBy: string[] = [];
  for (const line of signatures) {
    const verifier = verifiers.find((known) => known.name === line.name && known.keyId === line.keyId);
    if (verifier === undefined) continue;
    if (!verifier.verify(bytes, line.signature)) throw new FormatError(`the signature of ${line.name} is wrong`);
    signedBy.push(line.name);
  }
  if (signedBy.length === 0) throw new FormatError('no known key signed it');
  return { text, signedBy };
}

function splitNote(note: Uint8Array): { text: string; signatures: readonly SignatureLine[] } {
  if (note.length > MAX_NOTE_BYTES) throw new FormatError('the note is too long');
  const whole = decodeText(note);
  const end = whole.lastIndexOf('\n\n');
  if (end < 0 || !whole.endsWith('\n')) throw new FormatError('a note is text, an empty line and signature lines');
  const lines = whole.slice(end + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw new FormatError(`a note has at most ${MAX_SIGNATURES} signatures`);
  return { text: whole.slice(0, end + 1), signatures: lines.map(parseLine) };
}

function decodeText(note: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(note);
  } catch {
    throw new FormatError('the note is not valid UTF-8');
  }
  for (const byte of note) {
    if (byte < 0x20 && byte !== 0x0a) throw new FormatError('the note has a control character');
  }
  return text;
}

function parseLine(line: string): SignatureLine {
  const [, name, base64] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || base64 === undefined) throw new FormatError('a signature line is malformed');
  const blob = fromBase64(base64);
  if (blob.length <= KEY_ID_BYTES) throw new FormatError('a signature line is too short');
  const keyId = Buffer.from(blob.subarray(0, KEY_ID_BYTES)).toString('hex');
  return { name, keyId, signature: blob.subarray(KEY_ID_BYTES) };
}
