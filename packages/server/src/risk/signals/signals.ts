import type { ActionId } from '@reeve/contracts';
import { ReeveError } from '../../lib/index.ts';
import type { Storage } from '../../storage/index.ts';
import { Counting, type CountingParts } from './counting.ts';
import { digestOf } from './distinct-values.ts';
import { KeyCache, type KeyEntry } from './key-cache.ts';
import { loadKey } from './load-key.ts';
import { Settling } from './settling.ts';
import type { Counted, SignalDefinition, SignalEvent, SignalReader, SignalRef, SignalValue } from './signal.ts';
import { SignalKeeper } from './signal-keeper.ts';
import type { SeenEvent } from './signal-state.ts';
import { SignalStore } from './signal-store.ts';
import { windowOf } from './window.ts';

export type {
  Aggregate,
  Counted,
  SignalDefinition,
  SignalEvent,
  SignalReader,
  SignalRef,
  SignalValue,
} from './signal.ts';

const MAX_KEYS = 50_000;
const KEEP_EVERY_MS = 10_000;
/** Beyond, squares and sums would overflow, and a comparison with them would mean nothing. */
const MAX_MAGNITUDE = 1e100;

interface SignalsOptions {
  readonly storage: Storage;
  /** Hears of what a job in the background could not do. */
  readonly onFault: (message: string, error: unknown) => void;
  readonly now?: () => number;
  readonly maxKeys?: number;
}

/**
 * Windowed facts about the past, over any key. An event is in a window when it is later than the moment the window began; also what
 * was counted with a later time than the reader's is in it, so that of two calls side by side the second sees the first.
 *
 * Windows of up to an hour are exact to the millisecond, while a key has no more than 10,000 events in one. Beyond, and in longer
 * windows, old events are rolled into sixtieths of the window, and the sixtieth in which the window begins counts whole: a window is
 * then up to a sixtieth longer than it says, never shorter. So in a long window `first_seen` and `first` may be of an event that
 * much older; whether anything happened at all, `last`, and `distinct` up to 1,000 values a key are exact in any window. With more
 * values those not seen for longest are estimated (standard error 2.3 %, never less than the values still known one by one).
 *
 * `rate` is events per minute of the whole window, also for a key that is younger. `first` and `last` without a value are times. Of
 * events in one millisecond the smallest value is the first and the largest the last. A `baseline` is of the values, or without a
 * value of the events in each sixtieth of the window: without the one under way, and of a
 * key that is new since its first event.
 *
 * An action that is judged more than a minute (or a window, if that is less) after a newer one of the same key may miss the begin of
 * its window.
 */
export class Signals implements SignalReader, AsyncDisposable {
  readonly #store: SignalStore;
  readonly #keeper: SignalKeeper;
  readonly #cache: KeyCache;
  readonly #settling = new Settling();
  readonly #now: () => number;
  readonly #onFault: (message: string, error: unknown) => void;
  readonly #parts: CountingParts;
  readonly #timer: NodeJS.Timeout;
  #keeping: Promise<void> | undefined;

  constructor({ storage, onFault, now = Date.now, maxKeys = MAX_KEYS }: SignalsOptions) {
    this.#store = new SignalStore(storage);
    this.#keeper = new SignalKeeper(this.#store, now, onFault);
    this.#cache = new KeyCache(maxKeys);
    this.#now = now;
    this.#onFault = onFault;
    this.#parts = {
      cache: this.#cache,
      now,
      written: (counting) => this.#settling.add(counting, now()),
      undo: (statements, done) => this.#keeper.undo(statements, done),
      onFault,
    };
    this.#timer = setInterval(() => void this.keep(), KEEP_EVERY_MS);
    this.#timer.unref();
  }

  /** Keys in memory. */
  get size(): number {
    return this.#cache.size;
  }

  /** Events, values and buckets in memory. */
  get weight(): number {
    return this.#cache.weight;
  }

  whenLoaded<T>(workspace: string, refs: readonly SignalRef[], atMs: number, work: () => T): T | Promise<T> {
    this.#settling.settleDue(this.#now());
    this.#cache.evict();
    for (const { signal, key } of refs) {
      if (this.#cache.get(idOf(workspace, signal, key))?.state === undefined)
        return this.#load(workspace, refs, atMs, work);
    }
    return work();
  }

  read(workspace: string, signal: SignalDefinition, key: string, atMs: number): SignalValue {
    return loaded(this.#cache.get(idOf(workspace, signal, key))).value(atMs);
  }

  count(workspace: string, events: readonly SignalEvent[], action: ActionId, atMs: number): Counted {
    // First all that may fail, then all that cannot.
    const seen = events.map((event, ordinal) => seenOf(event, action, ordinal, atMs));
    const entries = events.map(({ signal, key }) => {
      const entry = this.#cache.get(idOf(workspace, signal, key));
      loaded(entry);
      return entry as KeyEntry;
    });
    for (const [at, entry] of entries.entries()) {
      this.#cache.pin(entry);
      entry.state?.add(seen[at] as SeenEvent);
      this.#cache.weigh(entry);
    }
    return new Counting(this.#parts, entries, seen);
  }

  /** Done in the background every ten seconds. */
  keep(): Promise<void> {
    this.#settling.settleDue(this.#now());
    this.#keeping ??= this.#keeper
      .run()
      .catch((error: unknown) => this.#onFault('signals could not be summed up or swept', error))
      .finally(() => {
        this.#keeping = undefined;
      });
    return this.#keeping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#keeping;
    await this.#keeper.flush();
  }

  async #load<T>(workspace: string, refs: readonly SignalRef[], atMs: number, work: () => T): Promise<T> {
    const entries = refs.map((ref) => this.#pinned(workspace, ref));
    try {
      await Promise.all(entries.map((entry) => (entry.state === undefined ? this.#loadKey(entry, atMs) : undefined)));
      return work();
    } finally {
      for (const entry of entries) this.#cache.unpin(entry);
    }
  }

  #pinned(workspace: string, { signal, key }: SignalRef): KeyEntry {
    const id = idOf(workspace, signal, key);
    const entry = this.#cache.get(id);
    if (entry === undefined) return this.#cache.add(id, { workspace, window: windowOf(signal), key });
    this.#cache.pin(entry);
    return entry;
  }

  #loadKey(entry: KeyEntry, atMs: number): Promise<void> {
    entry.loading ??= loadKey(this.#store, entry, atMs)
      .then((state) => {
        entry.state = state;
        this.#cache.weigh(entry);
      })
      .finally(() => {
        entry.loading = undefined;
      });
    return entry.loading;
  }
}

function idOf(workspace: string, signal: SignalDefinition, key: string): string {
  return `${workspace}\n${windowOf(signal).name}\n${key}`;
}

function loaded(entry: KeyEntry | undefined): NonNullable<KeyEntry['state']> {
  if (entry?.state === undefined) throw new Error('a signal is read or counted only once its key is loaded');
  return entry.state;
}

function seenOf({ signal, value }: SignalEvent, action: string, ordinal: number, atMs: number): SeenEvent {
  const event = { atMs, action, ordinal, open: true };
  if (!signal.valued) return { ...event, value: atMs };
  if (signal.aggregate === 'distinct' && value !== undefined) return { ...event, value: digestOf(String(value)) };
  if (typeof value === 'number' && Math.abs(value) <= MAX_MAGNITUDE) return { ...event, value };
  throw new ReeveError('fail_closed', 'a value that is summed up is not a number of ordinary size');
}
