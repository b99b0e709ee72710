import type { CredentialId } from '@reeve/contracts';
import { BoundedMap, ReeveError } from '../lib/index.ts';
import type { CredentialRow, CredentialStore } from './credential-store.ts';

const MAX_KNOWN = 100_000;
const MAX_UNKNOWN = 10_000;
const MAX_LOOKUPS = 64;

/**
 * Credentials by public id, in memory. While all live ones fit, whoever is not here is unknown without a look into the database;
 * beyond that, look-ups are bounded and what they did not find is remembered, so that a flood of made-up keys stays cheap.
 */
export class CredentialIndex {
  readonly #store: CredentialStore;
  readonly #known: BoundedMap<CredentialId, CredentialRow>;
  readonly #unknown = new BoundedMap<CredentialId, true>(MAX_UNKNOWN);
  readonly #capacity: number;
  #complete = false;
  #lookups = 0;

  constructor(store: CredentialStore, capacity = MAX_KNOWN) {
    this.#store = store;
    this.#capacity = capacity;
    this.#known = new BoundedMap(capacity);
  }

  async load(nowMs: number): Promise<void> {
    const rows = await this.#store.live(nowMs, this.#capacity + 1);
    this.#complete = rows.length <= this.#capacity;
    for (const row of rows) this.#known.set(row.id, row);
  }

  add(row: CredentialRow): void {
    if (this.#known.size >= this.#capacity) this.#complete = false;
    this.#known.set(row.id, row);
    this.#unknown.delete(row.id);
  }

  known(id: CredentialId): CredentialRow | undefined {
    return this.#known.get(id);
  }

  find(id: CredentialId): CredentialRow | undefined | Promise<CredentialRow | undefined> {
    const row = this.#known.get(id);
    if (row !== undefined || this.#complete || this.#unknown.get(id) === true) return row;
    return this.#lookUp(id);
  }

  async #lookUp(id: CredentialId): Promise<CredentialRow | undefined> {
    if (this.#lookups >= MAX_LOOKUPS) {
      throw new ReeveError('overloaded', 'too many unknown credentials at once', { retryAfterSeconds: 1 });
    }
    this.#lookups++;
    try {
      const found = await this.#store.presented(id);
      // Somebody may have created, rotated or revoked it while we looked: what is in memory is newer.
      const newer = this.#known.get(id);
      if (newer !== undefined) return newer;
      if (found === undefined) this.#unknown.set(id, true);
      else this.#known.set(id, found);
      return found;
    } finally {
      this.#lookups--;
    }
  }
}
