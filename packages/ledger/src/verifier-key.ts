import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { fromBase64, toBase64 } from './base64.ts';
import { FormatError } from './format-error.ts';
import { HASH_BYTES } from './hash.ts';

// Keys of signed notes: C2SP signed-note, type 01 (Ed25519 over the text).

const ED25519 = 0x01;
const KEY_ID_BYTES = 4;
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export interface NoteVerifier {
  readonly name: string;
  /** Eight hex digits. */
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  verify(text: Uint8Array, signature: Uint8Array): boolean;
}

export interface NoteSigner extends NoteVerifier {
  sign(text: Uint8Array): Uint8Array;
}

export function createSigner(name: string, privateKey: KeyObject): NoteSigner {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519') {
    throw new FormatError('the signing key is not an Ed25519 private key');
  }
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const verifier = createVerifier(name, new Uint8Array(spki.subarray(SPKI_PREFIX.length)));
  return { ...verifier, sign: (text) => new Uint8Array(sign(null, text, privateKey)) };
}

export function createVerifier(name: string, publicKey: Uint8Array): NoteVerifier {
  if (!/^[^\s+\p{Cc}]+$/u.test(name))
    throw new FormatError('a key name is not empty and has no space and no plus sign');
  if (publicKey.length !== HASH_BYTES) throw new FormatError('an Ed25519 public key has 32 bytes');
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  const digest = createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ED25519)).update(publicKey).digest();
  return {
    name,
    keyId: digest.subarray(0, KEY_ID_BYTES).toString('hex'),
    publicKey,
    verify: (text, signature) => signature.length === 64 && verify(null, text, key, signature),
  };
}

/** `name+keyid+base64(type ‖ key)`, what an auditor writes down. */
export function encodeVerifierKey(verifier: NoteVerifier): string {
  const typed = new Uint8Array(1 + verifier.publicKey.length);
  typed[0] = ED25519;
  typed.set(verifier.publicKey, 1);
  return `${verifier.name}+${verifier.keyId}+${toBase64(typed)}`;
}

export function parseVerifierKey(text: string): NoteVerifier {
  const [, name = '', keyId = '', key = ''] = /^([^+]*)\+([^+]*)\+(.*)$/.exec(text.trim()) ?? [];
  const typed = fromBase64(key);
  if (typed[0] !== ED25519) throw new FormatError('a verifier key looks like name+keyid+base64 and is of type Ed25519');
  const verifier = createVerifier(name, typed.slice(1));
  if (verifier.keyId !== keyId) throw new FormatError('the key id of the verifier key does not fit its name and key');
  return verifier;
}
