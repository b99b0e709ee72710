import { createCipheriv, createDecipheriv, createHash, hash, randomFillSync } from 'node:crypto';
import { createOwnerOnly, ReeveError, readOwnerOnly } from '../lib/index.ts';

const MASTER_KEY_BYTES = 32;
const COUNTER_BYTES = 4;
const SALT_BYTES = 32;
const SALT_POOL_BYTES = 4_096;
const TAG_BYTES = 16;
const DIGEST_SALT_BYTES = 20;
/** Below, copying costs less than a hash object. */
const ONE_SHOT_BYTES = 8_192;
const MAX_BINDING_BYTES = 1_024;
const CIPHER = 'aes-256-gcm';
const CIPHER_OPTIONS = { authTagLength: TAG_BYTES };
const SALT_AT = COUNTER_BYTES + MASTER_KEY_BYTES;
const BINDING_AT = SALT_AT + SALT_BYTES;

export interface SealedPayload {
  /** `salted-sha256:` and 64 hex digits. */
  readonly digest: string;
  /**
   * The payload's salt, then what it encrypts to unless that is not kept. Without the salt neither the key nor the digest's salt can
   * be derived again: deleting it erases the payload.
   */
  readonly sealed: Uint8Array;
}

/**
 * AES-256-GCM under a key of its own for each payload. Key, nonce and digest salt are derived from the master key, a random salt and
 * the binding (the one-step derivation of NIST SP 800-56C with SHA-512), so none of them is stored, no nonce repeats under a key, and
 * nothing opens under another binding.
 */
export class PayloadCipher {
  /** Counter 1, master key, and room for salt and binding: what is hashed. */
  readonly #derivation = Buffer.alloc(BINDING_AT + MAX_BINDING_BYTES);
  /** What was derived last. Reused, as memory costs more than the hash. */
  readonly #derived = Buffer.alloc(64);
  readonly #key = this.#derived.subarray(0, 32);
  readonly #nonce = this.#derived.subarray(32, 44);
  readonly #digestSalt = this.#derived.subarray(44, 44 + DIGEST_SALT_BYTES);
  readonly #salted = Buffer.alloc(DIGEST_SALT_BYTES + ONE_SHOT_BYTES);
  readonly #pool = Buffer.alloc(SALT_POOL_BYTES);
  #used = SALT_POOL_BYTES;

  constructor(masterKey: Uint8Array) {
    if (masterKey.length !== MASTER_KEY_BYTES) {
      throw new ReeveError('fail_closed', `the payload key has ${masterKey.length} bytes, not ${MASTER_KEY_BYTES}`);
    }
    this.#derivation[COUNTER_BYTES - 1] = 1;
    this.#derivation.set(masterKey, COUNTER_BYTES);
  }

  seal(bytes: Uint8Array, binding: string, keep: boolean): SealedPayload {
    const sealed = Buffer.allocUnsafe(keep ? SALT_BYTES + bytes.length + TAG_BYTES : SALT_BYTES);
    this.#putSalt(sealed);
    this.#derive(sealed, binding);
    const digest = `salted-sha256:${this.#saltedHash(bytes)}`;
    if (!keep) return { digest, sealed };
    const cipher = createCipheriv(CIPHER, this.#key, this.#nonce, CIPHER_OPTIONS);
    sealed.set(cipher.update(bytes), SALT_BYTES);
    cipher.final();
    sealed.set(cipher.getAuthTag(), SALT_BYTES + bytes.length);
    return { digest, sealed };
  }

  /** Throws `internal` where the row was changed or the master key is another. */
  open(sealed: Uint8Array, binding: string): { bytes: Uint8Array | undefined; digestSalt: Uint8Array } {
    if (sealed.length < SALT_BYTES) throw new ReeveError('internal', 'a payload cannot be decrypted');
    this.#derive(sealed, binding);
    // A copy: the next derivation writes over it, and the caller must not get at the key through the buffer behind it.
    const digestSalt = Uint8Array.from(this.#digestSalt);
    if (sealed.length === SALT_BYTES) return { bytes: undefined, digestSalt };
    const end = sealed.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, this.#nonce, CIPHER_OPTIONS);
      decipher.setAuthTag(sealed.subarray(end));
      const bytes = decipher.update(sealed.subarray(SALT_BYTES, end));
      decipher.final();
      return { bytes, digestSalt };
    } catch (error) {
      throw new ReeveError('internal', 'a payload cannot be decrypted', { cause: error });
    }
  }

  #derive(sealed: Uint8Array, binding: string): void {
    const length = Buffer.byteLength(binding);
    if (length > MAX_BINDING_BYTES) throw new ReeveError('internal', 'what a payload is bound to is too long');
    this.#derivation.set(sealed.subarray(0, SALT_BYTES), SALT_AT);
    this.#derivation.write(binding, BINDING_AT, 'utf8');
    // Written through a string, as that needs no memory of its own outside of V8's.
    this.#derived.write(hash('sha512', this.#derivation.subarray(0, BINDING_AT + length), 'latin1'), 'latin1');
  }

  #saltedHash(bytes: Uint8Array): string {
    if (bytes.length > ONE_SHOT_BYTES) return createHash('sha256').update(this.#digestSalt).update(bytes).digest('hex');
    this.#salted.set(this.#digestSalt);
    this.#salted.set(bytes, DIGEST_SALT_BYTES);
    return hash('sha256', this.#salted.subarray(0, DIGEST_SALT_BYTES + bytes.length), 'hex');
  }

  #putSalt(sealed: Buffer): void {
    if (this.#used === SALT_POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    this.#pool.copy(sealed, 0, this.#used, this.#used + SALT_BYTES);
    this.#used += SALT_BYTES;
  }
}

/** Opens the payload key of a data directory, created at the first start. */
export function openPayloadCipher(dataDirectory: string): PayloadCipher {
  const file = `${dataDirectory}/payload-key`;
  const known = readOwnerOnly(file);
  if (known !== undefined) return new PayloadCipher(known);
  const fresh = randomFillSync(new Uint8Array(MASTER_KEY_BYTES));
  createOwnerOnly(file, fresh);
  return new PayloadCipher(fresh);
}
