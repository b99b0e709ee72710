import { z } from 'zod';
import type { Baseline } from './signal.ts';
import type { SeenEvent, SignalState } from './signal-state.ts';
import { BUCKETS_PER_WINDOW, type Window } from './window.ts';

/** Old buckets are looked for only beyond so many. */
const MAX_BUCKETS = 3 * BUCKETS_PER_WINDOW;

const savedSchema = z.object({
  sinceIndex: z.number().nullable(),
  newestMs: z.number(),
  counts: z.array(z.tuple([z.number(), z.number()])),
});

/**
 * How many events there are in each sixtieth of a window: what is usual of a key. The sixtieth that is under way is left out, and so
 * is the time before the key's first event; a key that was silent for a whole window begins anew.
 */
export class BucketCounts implements SignalState {
  readonly #window: Window;
  readonly #counts = new Map<number, number>();
  /** The first bucket ever, where it is forgotten already. */
  #sinceIndex: number | undefined;
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(window: Window, saved?: string) {
    this.#window = window;
    if (saved === undefined) return;
    const { sinceIndex, newestMs, counts } = savedSchema.parse(JSON.parse(saved));
    this.#sinceIndex = sinceIndex ?? undefined;
    this.#newestMs = newestMs;
    for (const [index, count] of counts) this.#counts.set(index, count);
  }

  get weight(): number {
    return this.#counts.size;
  }

  add(event: SeenEvent): void {
    if (event.atMs - this.#newestMs > this.#window.signal.windowMs) this.#beginAnew();
    if (event.atMs > this.#newestMs) this.#newestMs = event.atMs;
    const index = Math.floor(event.atMs / this.#window.widthMs);
    this.#counts.set(index, (this.#counts.get(index) ?? 0) + 1);
    if (this.#counts.size > MAX_BUCKETS) this.#forget();
  }

  remove(event: SeenEvent): void {
    const index = Math.floor(event.atMs / this.#window.widthMs);
    const count = this.#counts.get(index);
    if (count === undefined) return;
    if (count === 1) this.#counts.delete(index);
    else this.#counts.set(index, count - 1);
  }

  value(atMs: number): Baseline {
    const { widthMs, signal } = this.#window;
    const end = Math.floor(atMs / widthMs);
    const begin = Math.max(Math.floor((atMs - signal.windowMs) / widthMs), this.#firstIndex());
    const n = Math.max(0, end - begin);
    let sum = 0;
    let squares = 0;
    for (let index = begin; index < end; index++) {
      const count = this.#counts.get(index) ?? 0;
      sum += count;
      squares += count * count;
    }
    if (sum === 0) return NOTHING;
    const mean = sum / n;
    return { mean, spread: Math.sqrt(Math.max(0, squares / n - mean * mean)), n };
  }

  save(): string {
    this.#forget();
    const saved = {
      sinceIndex: this.#sinceIndex ?? null,
      newestMs: this.#newestMs,
      counts: [...this.#counts],
    };
    return JSON.stringify(saved);
  }

  #firstIndex(): number {
    let first = this.#sinceIndex ?? Number.POSITIVE_INFINITY;
    for (const index of this.#counts.keys()) if (index < first) first = index;
    return first;
  }

  #forget(): void {
    const untilIndex = Math.floor((this.#newestMs - this.#window.keepMs) / this.#window.widthMs);
    for (const index of this.#counts.keys()) {
      if (index >= untilIndex) continue;
      this.#counts.delete(index);
      this.#sinceIndex = Math.min(this.#sinceIndex ?? index, index);
    }
  }

  #beginAnew(): void {
    this.#counts.clear();
    this.#sinceIndex = undefined;
  }
}

const NOTHING: Baseline = { mean: 0, spread: 0, n: 0 };
