import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { isObject } from '../wire/json-rpc.ts';

/** What a sealed state is good for; another agent, tool or argument cannot open it. */
export interface StateBinding {
  readonly workspace: string;
  readonly agent: string;
  readonly target: string;
  /** Canonical bytes of the request. */
  readonly payload: Uint8Array;
}

const VALID_MS = 15 * 60_000;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MAX_SEALED_LENGTH = 256 * 1024;

/** Seals an upstream's `requestState` on its way through the client, who must neither read nor change nor move it. */
export class StateSeal {
  readonly #key: Uint8Array;
  readonly #now: () => number;

  constructor(key: Uint8Array, now: () => number) {
    this.#key = key;
    this.#now = now;
  }

  seal(state: string | undefined, binding: StateBinding): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    cipher.setAAD(digest(binding));
    const text = JSON.stringify({ state, until: this.#now() + VALID_MS });
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return sealed.toString('base64url');
  }

  /** Undefined where it was not made by us for this very request, or is too old. */
  open(sealed: string, binding: StateBinding): { readonly state: string | undefined } | undefined {
    if (sealed.length > MAX_SEALED_LENGTH) return undefined;
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES));
      decipher.setAAD(digest(binding));
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      const text = Buffer.concat([
        decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES)),
        decipher.final(),
      ]);
      const opened: unknown = JSON.parse(text.toString('utf8'));
      if (!isObject(opened) || typeof opened.until !== 'number' || opened.until < this.#now()) return undefined;
      return { state: typeof opened.state === 'string' ? opened.state : undefined };
    } catch {
      return undefined;
    }
  }
}

function digest(binding: StateBinding): Uint8Array {
  const head = JSON.stringify([binding.workspace, binding.agent, binding.target]);
  return createHash('sha256').update(head).update('\0').update(binding.payload).digest();
}
