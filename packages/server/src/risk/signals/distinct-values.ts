import { hash } from 'node:crypto';
import { z } from 'zod';
import type { SeenEvent, SignalState } from './signal-state.ts';
import { Sketch } from './sketch.ts';
import type { Window } from './window.ts';

/** So many different values of one key are told apart exactly; beyond, the older ones are estimated. */
const MAX_EXACT_VALUES = 1_000;
/** How many values weigh as much as a sketch. */
const SKETCH_WEIGHT = 25;
const DIGEST_HEX_DIGITS = 13;
const MIN_SETTLE = 16;

const savedSchema = z.object({
  values: z.array(z.tuple([z.number(), z.number()])),
  sketches: z.array(z.tuple([z.number(), z.number(), z.string()])),
});

interface Value {
  /** When it was last seen. */
  atMs: number;
  /** The same without the events that are open. */
  settledAtMs: number;
  open: SeenEvent[];
  /** At so many open events it is asked which of them still are. */
  settleAt: number;
}

interface Estimated {
  lastAtMs: number;
  readonly sketch: Sketch;
}

/** 52 bits: a number for all purposes, and no person's data. */
export function digestOf(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(0, DIGEST_HEX_DIGITS), 16);
}

/**
 * Which values were seen, and when last: exact in any window. Where there are too many, those not seen for longest go to a sketch for
 * each sixtieth of the window, and until these leave the window the answer is an estimate of the union (standard error 2.3 %).
 */
export class DistinctValues implements SignalState {
  readonly #window: Window;
  readonly #values = new Map<number, Value>();
  readonly #sketches = new Map<number, Estimated>();
  #newestMs = Number.NEGATIVE_INFINITY;
  /** No value was last seen before. */
  #oldestMs = Number.POSITIVE_INFINITY;
  #shrinkAt = MAX_EXACT_VALUES;
  /** Of the newest so many sketches. */
  #union: { readonly of: number; readonly sketch: Sketch } | undefined;

  constructor(window: Window, saved?: string) {
    this.#window = window;
    if (saved === undefined) return;
    const { values, sketches } = savedSchema.parse(JSON.parse(saved));
    for (const [digest, atMs] of values) this.#see(digest, atMs, undefined);
    for (const [index, lastAtMs, text] of sketches)
      this.#sketches.set(index, { lastAtMs, sketch: Sketch.fromText(text) });
  }

  get weight(): number {
    return this.#values.size + SKETCH_WEIGHT * this.#sketches.size;
  }

  add(event: SeenEvent): void {
    this.#see(event.value, event.atMs, event.open ? event : undefined);
    if (this.#values.size > this.#shrinkAt) this.#shrink();
  }

  remove(event: SeenEvent): void {
    const value = this.#values.get(event.value);
    if (value === undefined) return;
    const place = value.open.indexOf(event);
    if (place === -1) return;
    value.open.splice(place, 1);
    value.atMs = latest(value);
    if (value.atMs === Number.NEGATIVE_INFINITY) this.#values.delete(event.value);
    else this.#oldestMs = Math.min(this.#oldestMs, value.atMs);
  }

  value(atMs: number): number {
    const afterMs = atMs - this.#window.signal.windowMs;
    const exact = this.#exact(afterMs);
    const union = this.#unionAfter(afterMs)?.copy();
    if (union === undefined) return exact;
    for (const [digest, value] of this.#values) if (value.atMs > afterMs) union.add(digest);
    return Math.max(exact, Math.round(union.estimate()));
  }

  save(): string {
    this.#forget();
    const values = [...this.#values].map(([digest, { atMs }]) => [digest, atMs]);
    const sketches = [...this.#sketches].map(([index, { lastAtMs, sketch }]) => [index, lastAtMs, sketch.toText()]);
    return JSON.stringify({ values, sketches });
  }

  #exact(afterMs: number): number {
    if (this.#oldestMs > afterMs) return this.#values.size;
    let count = 0;
    for (const { atMs } of this.#values.values()) if (atMs > afterMs) count += 1;
    return count;
  }

  #unionAfter(afterMs: number): Sketch | undefined {
    let included = 0;
    for (const { lastAtMs } of this.#sketches.values()) if (lastAtMs > afterMs) included += 1;
    if (included === 0) return undefined;
    if (included === this.#union?.of) return this.#union.sketch;
    const sketch = new Sketch();
    for (const estimated of this.#sketches.values()) if (estimated.lastAtMs > afterMs) sketch.merge(estimated.sketch);
    this.#union = { of: included, sketch };
    return sketch;
  }

  #see(digest: number, atMs: number, open: SeenEvent | undefined): void {
    if (atMs > this.#newestMs) this.#newestMs = atMs;
    if (atMs < this.#oldestMs) this.#oldestMs = atMs;
    let value = this.#values.get(digest);
    if (value === undefined) {
      value = { atMs, settledAtMs: Number.NEGATIVE_INFINITY, open: [], settleAt: MIN_SETTLE };
      this.#values.set(digest, value);
    }
    if (open === undefined) value.settledAtMs = Math.max(value.settledAtMs, atMs);
    else if (value.open.push(open) >= value.settleAt) settle(value);
    value.atMs = Math.max(value.atMs, atMs);
  }

  #shrink(): void {
    this.#forget();
    if (this.#values.size > MAX_EXACT_VALUES) this.#estimateOldest(this.#values.size - (MAX_EXACT_VALUES * 3) / 4);
    // What is open cannot be estimated; then it is not tried again at each event.
    this.#shrinkAt = Math.max(MAX_EXACT_VALUES, Math.ceil(this.#values.size * 1.25));
  }

  #estimateOldest(limit: number): void {
    const settled = [...this.#values].filter(([, value]) => {
      settle(value);
      return value.open.length === 0;
    });
    settled.sort(([, a], [, b]) => a.atMs - b.atMs);
    for (const [digest, { atMs }] of settled.slice(0, limit)) {
      this.#values.delete(digest);
      this.#estimate(digest, atMs);
    }
  }

  #estimate(digest: number, atMs: number): void {
    const index = Math.floor(atMs / this.#window.widthMs);
    let estimated = this.#sketches.get(index);
    if (estimated === undefined) {
      estimated = { lastAtMs: atMs, sketch: new Sketch() };
      this.#sketches.set(index, estimated);
    }
    estimated.sketch.add(digest);
    estimated.lastAtMs = Math.max(estimated.lastAtMs, atMs);
  }

  #forget(): void {
    this.#union = undefined;
    const untilMs = this.#newestMs - this.#window.keepMs;
    this.#oldestMs = Number.POSITIVE_INFINITY;
    for (const [digest, { atMs }] of this.#values) {
      if (atMs <= untilMs) this.#values.delete(digest);
      else this.#oldestMs = Math.min(this.#oldestMs, atMs);
    }
    for (const [index, { lastAtMs }] of this.#sketches) if (lastAtMs <= untilMs) this.#sketches.delete(index);
  }
}

/** Events that can no longer be withdrawn need not be told apart. */
function settle(value: Value): void {
  for (const event of value.open) if (!event.open) value.settledAtMs = Math.max(value.settledAtMs, event.atMs);
  value.open = value.open.filter((event) => event.open);
  value.settleAt = Math.max(MIN_SETTLE, 2 * value.open.length);
}

function latest({ settledAtMs, open }: Value): number {
  let atMs = settledAtMs;
  for (const event of open) if (event.atMs > atMs) atMs = event.atMs;
  return atMs;
}
