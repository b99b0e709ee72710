import { createCipheriv, createDecipheriv, createHash, hash, randomFillSync } from 'node:crypto';
import { ReeveError } from '../lib/index.ts';
import { createOwnerOnly, readOwnerOnly } from './owner-only-file.ts';

const MASTER_KEY_BYTES = 32;
const COUNTER_BYTES = 4;
const SALT_BYTES = 32;
const SALT_POOL_BYTES = 4_096;
const TAG_BYTES = 16;
/** Below, copying costs less than a hash object. */
const ONE_SHOT_BYTES = 8_192;
const CIPHER = 'aes-256-gcm';

export interface SealedPayload {
  /** `salted-sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Without it neither the key nor the digest's salt can be derived again: deleting it erases the payload. */
  readonly salt: Uint8Array;
  readonly body: Uint8Array | null;
}

/**
 * AES-256-GCM under a key of its own for each payload. Key, nonce and digest salt are derived from the master key and a random
 * salt (the one-step derivation of NIST SP 800-56C with SHA-512), so none of them is stored, and no nonce repeats under a key.
 */
export class PayloadCipher {
  /** Counter 1, master key, and room for the salt: what is hashed. */
  readonly #derivation = new Uint8Array(COUNTER_BYTES + MASTER_KEY_BYTES + SALT_BYTES);
  readonly #pool = new Uint8Array(SALT_POOL_BYTES);
  #used = SALT_POOL_BYTES;

  constructor(masterKey: Uint8Array) {
    if (masterKey.length !== MASTER_KEY_BYTES) {
      throw new ReeveError('fail_closed', `the payload key has ${masterKey.length} bytes, not ${MASTER_KEY_BYTES}`);
    }
    this.#derivation[COUNTER_BYTES - 1] = 1;
    this.#derivation.set(masterKey, COUNTER_BYTES);
  }

  seal(bytes: Uint8Array, binding: string, keep: boolean): SealedPayload {
    const salt = this.#newSalt();
    const { key, nonce, digestSalt } = this.#derive(salt);
    const digest = `salted-sha256:${saltedHash(digestSalt, bytes)}`;
    if (!keep) return { digest, salt, body: null };
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(binding, 'utf8'));
    // Memory of its own: a slice of Node's pool would travel to the writer thread with the whole pool.
    const body = new Uint8Array(bytes.length + TAG_BYTES);
    body.set(cipher.update(bytes));
    cipher.final();
    body.set(cipher.getAuthTag(), bytes.length);
    return { digest, salt, body };
  }

  /** Throws `internal` where the row was changed or the master key is another. */
  open(
    sealed: Pick<SealedPayload, 'salt' | 'body'>,
    binding: string,
  ): { bytes: Uint8Array | undefined; digestSalt: Uint8Array } {
    const { key, nonce, ...derived } = this.#derive(sealed.salt);
    // A copy: the caller must not get at the key through the buffer behind it.
    const digestSalt = Uint8Array.from(derived.digestSalt);
    if (sealed.body === null) return { bytes: undefined, digestSalt };
    const end = sealed.body.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce).setAAD(Buffer.from(binding, 'utf8'));
      decipher.setAuthTag(sealed.body.subarray(end));
      const bytes = decipher.update(sealed.body.subarray(0, end));
      decipher.final();
      return { bytes, digestSalt };
    } catch (error) {
      throw new ReeveError('internal', 'a payload cannot be decrypted', { cause: error });
    }
  }

  #derive(salt: Uint8Array): { key: Uint8Array; nonce: Uint8Array; digestSalt: Uint8Array } {
    if (salt.length !== SALT_BYTES) throw new ReeveError('internal', 'a payload cannot be decrypted');
    this.#derivation.set(salt, COUNTER_BYTES + MASTER_KEY_BYTES);
    const okm = hash('sha512', this.#derivation, 'buffer');
    return { key: okm.subarray(0, 32), nonce: okm.subarray(32, 44), digestSalt: okm.subarray(44, 64) };
  }

  #newSalt(): Uint8Array {
    if (this.#used === SALT_POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const salt = this.#pool.slice(this.#used, this.#used + SALT_BYTES);
    this.#used += SALT_BYTES;
    return salt;
  }
}

function saltedHash(salt: Uint8Array, bytes: Uint8Array): string {
  if (bytes.length > ONE_SHOT_BYTES) return createHash('sha256').update(salt).update(bytes).digest('hex');
  const joined = new Uint8Array(salt.length + bytes.length);
  joined.set(salt);
  joined.set(bytes, salt.length);
  return hash('sha256', joined, 'hex');
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
