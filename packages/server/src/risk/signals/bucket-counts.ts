import { z } from 'zod';
import type { Baseline } from './signal.ts';
import type { SeenEvent, SignalState } from './signal-state.ts';
import { BUCKETS_PER_WINDOW, type Window } from './window.ts';

/** Old buckets are looked for only beyond so many. */
const MAX_BUCKETS = 4 * BUCKETS_PER_WINDOW;

const savedSchema = z.array(z.tuple([z.number(), z.number()]));

/**
 * How many events there are in each sixtieth of a window: what is usual of a key. The sixtieth that is under way is left out. For a
 * key with no event in the window before, so is the time until its first one: it is new, not idle.
 */
export class BucketCounts implements SignalState {
  readonly #window: Window;
  readonly #counts = new Map<number, number>();
  #newestIndex = Number.NEGATIVE_INFINITY;

  constructor(window: Window, saved?: string) {
    this.#window = window;
    if (saved === undefined) return;
    for (const [index, count] of savedSchema.parse(JSON.parse(saved))) {
      this.#counts.set(index, count);
      this.#newestIndex = Math.max(this.#newestIndex, index);
    }
  }

  get weight(): number {
    return this.#counts.size;
  }

  add(event: SeenEvent): void {
    const index = Math.floor(event.atMs / this.#window.widthMs);
    if (index > this.#newestIndex) this.#newestIndex = index;
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
    const end = Math.floor(atMs / this.#window.widthMs);
    const begin = this.#begin(atMs);
    let sum = 0;
    let squares = 0;
    for (let index = begin; index < end; index++) {
      const count = this.#counts.get(index) ?? 0;
      sum += count;
      squares += count * count;
    }
    if (sum === 0) return NOTHING;
    const n = end - begin;
    const mean = sum / n;
    return { mean, spread: Math.sqrt(Math.max(0, squares / n - mean * mean)), n };
  }

  save(): string {
    this.#forget();
    return JSON.stringify([...this.#counts]);
  }

  #begin(atMs: number): number {
    const { widthMs, signal } = this.#window;
    const begin = Math.floor((atMs - signal.windowMs) / widthMs);
    const before = Math.floor((atMs - 2 * signal.windowMs) / widthMs);
    let first = Number.POSITIVE_INFINITY;
    for (const index of this.#counts.keys()) if (index >= before && index < first) first = index;
    return Math.max(begin, first);
  }

  #forget(): void {
    const { keepMs, widthMs } = this.#window;
    const untilIndex = this.#newestIndex - Math.ceil(keepMs / widthMs);
    for (const index of this.#counts.keys()) if (index < untilIndex) this.#counts.delete(index);
  }
}

const NOTHING: Baseline = { mean: 0, spread: 0, n: 0 };
