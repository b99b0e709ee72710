import type { SignalState } from './signal-state.ts';
import { type PlacedKey, placeOf, type SignalKey } from './signal-store.ts';

/** All events of all keys in memory, and what weighs as much: some 100 bytes each. */
const MAX_WEIGHT = 300_000;

/** One key in memory. */
export interface KeyEntry extends PlacedKey {
  readonly id: string;
  /** Absent until its rows were read. */
  state: SignalState | undefined;
  loading: Promise<void> | undefined;
  /** It must stay: events of it may not be in the database, or someone is about to read it. */
  pins: number;
  weight: number;
  newer: KeyEntry | undefined;
  older: KeyEntry | undefined;
}

/** Keys by use. When they are too many or too heavy, `evict` lets those unused for longest go, but for the pinned. */
export class KeyCache {
  readonly #limit: number;
  readonly #entries = new Map<string, KeyEntry>();
  /** Of the entries without pins. */
  #newest: KeyEntry | undefined;
  #oldest: KeyEntry | undefined;
  #weight = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get weight(): number {
    return this.#weight;
  }

  get(id: string): KeyEntry | undefined {
    const entry = this.#entries.get(id);
    if (entry !== undefined && entry.pins === 0 && entry !== this.#newest) {
      this.#unlink(entry);
      this.#append(entry);
    }
    return entry;
  }

  /** A new one, pinned. */
  add(id: string, key: SignalKey): KeyEntry {
    const links = { newer: undefined, older: undefined };
    const entry: KeyEntry = {
      id,
      ...key,
      place: placeOf(key),
      state: undefined,
      loading: undefined,
      pins: 1,
      weight: 1,
      ...links,
    };
    this.#entries.set(id, entry);
    this.#weight += 1;
    return entry;
  }

  pin(entry: KeyEntry): void {
    if (entry.pins === 0) this.#unlink(entry);
    entry.pins += 1;
  }

  unpin(entry: KeyEntry): void {
    entry.pins -= 1;
    if (entry.pins === 0) this.#append(entry);
  }

  /** To be called after each change of its state. */
  weigh(entry: KeyEntry): void {
    const weight = 1 + (entry.state?.weight ?? 0);
    this.#weight += weight - entry.weight;
    entry.weight = weight;
  }

  /** Not while someone works with keys that are not pinned. */
  evict(): void {
    while ((this.#entries.size > this.#limit || this.#weight > MAX_WEIGHT) && this.#oldest !== undefined) {
      const entry = this.#oldest;
      this.#unlink(entry);
      this.#entries.delete(entry.id);
      this.#weight -= entry.weight;
    }
  }

  #append(entry: KeyEntry): void {
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink(entry: KeyEntry): void {
    const { newer, older } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    entry.newer = undefined;
    entry.older = undefined;
  }
}
