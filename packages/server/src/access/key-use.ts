import { z } from 'zod';
import type { CredentialFlag } from './credential.ts';
import type { PresentedCredential } from './identity.ts';

const MAX_APPLICATIONS = 8;
const MAX_ADDRESSES = 32;
const MANY_ADDRESSES = 8;
const MAX_FAMILY_LENGTH = 40;
const seenSchema = z.object({
  applications: z.array(z.string()).default([]),
  addresses: z.array(z.string()).default([]),
});

/** When and from where a credential was used. A credential is one agent's; two programs behind it are worth a flag. */
export class KeyUse {
  lastUsedAtMs: number | undefined;
  readonly #applications: Set<string>;
  readonly #addresses: Set<string>;
  #lastAgent = '';
  #lastAddress = '';

  constructor(lastUsedAtMs?: number, applications: readonly string[] = [], addresses: readonly string[] = []) {
    this.lastUsedAtMs = lastUsedAtMs;
    this.#applications = new Set(applications);
    this.#addresses = new Set(addresses);
  }

  static fromText(text: string, lastUsedAtMs: number | undefined): KeyUse {
    const seen = seenSchema.parse(JSON.parse(text));
    return new KeyUse(lastUsedAtMs, seen.applications, seen.addresses);
  }

  toText(): string {
    return JSON.stringify({ applications: [...this.#applications], addresses: [...this.#addresses] });
  }

  /** On every call: two string comparisons where nothing changed. */
  note(presented: PresentedCredential, atMs: number): void {
    this.lastUsedAtMs = atMs;
    if (presented.userAgent !== this.#lastAgent) {
      this.#lastAgent = presented.userAgent;
      addBounded(this.#applications, applicationOf(presented.userAgent), MAX_APPLICATIONS);
    }
    if (presented.remoteAddress !== this.#lastAddress) {
      this.#lastAddress = presented.remoteAddress;
      addBounded(this.#addresses, presented.remoteAddress, MAX_ADDRESSES);
    }
  }

  flags(): readonly CredentialFlag[] {
    const flags: CredentialFlag[] = [];
    if (this.#applications.size > 1) flags.push('two_applications');
    if (this.#addresses.size > MANY_ADDRESSES) flags.push('many_addresses');
    return flags;
  }
}

/** `OpenAI/Python 1.2` and `OpenAI/Python 1.3` are one application: versions are left out. */
function applicationOf(userAgent: string): string {
  const words = userAgent.split(/[\s/(;]+/).filter((word) => word !== '' && !/^v?\d/i.test(word));
  return words.slice(0, 2).join('/').slice(0, MAX_FAMILY_LENGTH).toLowerCase();
}

function addBounded(set: Set<string>, value: string, limit: number): void {
  if (value !== '' && set.size < limit) set.add(value);
}
