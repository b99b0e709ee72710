import { z } from 'zod';
import { EventList } from './event-list.ts';
import type { SignalValue } from './signal.ts';
import type { SeenEvent, SignalState } from './signal-state.ts';
import { Tally } from './tally.ts';
import type { Window } from './window.ts';

/** Beyond so many events in a short window of one key, older ones are kept in sixtieths of it. */
const MAX_EXACT_EVENTS = 10_000;
/** So many at a time: whoever is judged meanwhile waits for them. */
const ROLLED_AT_ONCE = MAX_EXACT_EVENTS / 8;
/** Of a long window, so many are kept by themselves before they are rolled up. */
const MAX_YOUNG_EVENTS = 64;
/** How many events weigh as much as a bucket. */
const BUCKET_WEIGHT = 3;

const savedSchema = z.array(z.array(z.number()));

interface Bucket {
  readonly index: number;
  readonly tally: Tally;
}

/** Numbers at times: the newest by themselves, older ones rolled into buckets. */
export class Timeline implements SignalState {
  readonly #window: Window;
  readonly #events = new EventList();
  /** By index. */
  readonly #buckets: Bucket[] = [];
  /** The buckets from `#rolledFrom` on, added up. */
  readonly #rolled = new Tally();
  #rolledFrom = -1;
  #rollAt: number;
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(window: Window, saved?: string) {
    this.#window = window;
    this.#rollAt = this.#limit;
    if (saved === undefined) return;
    for (const [index = 0, ...numbers] of savedSchema.parse(JSON.parse(saved))) {
      const tally = Tally.fromNumbers(numbers);
      this.#buckets.push({ index, tally });
      this.#newestMs = Math.max(this.#newestMs, tally.lastAtMs);
    }
  }

  get weight(): number {
    return this.#events.size + BUCKET_WEIGHT * this.#buckets.length;
  }

  add(event: SeenEvent): void {
    this.#events.insert(event);
    if (event.atMs > this.#newestMs) this.#newestMs = event.atMs;
    this.#forget();
    if (this.#events.size >= this.#rollAt) this.#roll();
  }

  remove(event: SeenEvent): void {
    this.#events.remove(event);
  }

  value(atMs: number): SignalValue {
    const tally = this.#tally(atMs);
    const { aggregate, windowMs } = this.#window.signal;
    const none = tally.count === 0;
    switch (aggregate) {
      case 'count':
        return tally.count;
      case 'rate':
        return tally.count / (windowMs / 60_000);
      case 'sum':
        return tally.sum;
      case 'min':
        return none ? undefined : tally.min;
      case 'max':
        return none ? undefined : tally.max;
      case 'first_seen':
        return none ? undefined : tally.firstAtMs;
      case 'first':
        return none ? undefined : tally.first;
      case 'last':
        return none ? undefined : tally.last;
      case 'baseline':
        return { mean: tally.mean, spread: tally.spread, n: tally.count };
      case 'distinct':
        throw new Error('distinct values have a state of their own');
    }
  }

  save(): string {
    this.#rollUp(this.#events.takeSettled(this.#events.size));
    return JSON.stringify(this.#buckets.map(({ index, tally }) => [index, ...tally.toNumbers()]));
  }

  get #limit(): number {
    return this.#window.exact ? MAX_EXACT_EVENTS : MAX_YOUNG_EVENTS;
  }

  /** A long window begins where a bucket does; but when nothing happened in the window itself, nothing did. */
  #tally(atMs: number): Tally {
    const { exact, widthMs, signal } = this.#window;
    const beginMs = atMs - signal.windowMs;
    const afterMs = exact ? beginMs : Math.floor(beginMs / widthMs) * widthMs - 1;
    scratch.clear();
    scratch.merge(this.#rolledAfter(afterMs));
    this.#events.tallyAfter(afterMs, scratch);
    if (scratch.lastAtMs <= beginMs) scratch.clear();
    return scratch;
  }

  #rolledAfter(afterMs: number): Tally {
    let from = 0;
    while ((this.#buckets[from]?.tally.lastAtMs ?? Number.POSITIVE_INFINITY) <= afterMs) from += 1;
    if (from === this.#rolledFrom) return this.#rolled;
    this.#rolled.clear();
    for (const bucket of this.#buckets.slice(from)) this.#rolled.merge(bucket.tally);
    this.#rolledFrom = from;
    return this.#rolled;
  }

  #forget(): void {
    const untilMs = this.#newestMs - this.#window.keepMs;
    this.#events.forget(untilMs);
    while ((this.#buckets[0]?.tally.lastAtMs ?? Number.POSITIVE_INFINITY) <= untilMs) {
      this.#buckets.shift();
      this.#rolledFrom = -1;
    }
  }

  #roll(): void {
    const { size } = this.#events;
    const over = size - this.#limit + ROLLED_AT_ONCE;
    this.#rollUp(this.#events.takeSettled(this.#window.exact ? over : size));
    // What is still open may be many; then it is not tried again at each event.
    this.#rollAt = Math.max(this.#limit, Math.ceil(this.#events.size * 1.5));
  }

  #rollUp(events: readonly SeenEvent[]): void {
    for (const { atMs, value } of events) this.#bucket(Math.floor(atMs / this.#window.widthMs)).tally.add(atMs, value);
    if (events.length > 0) this.#rolledFrom = -1;
  }

  #bucket(index: number): Bucket {
    let place = this.#buckets.length;
    while (place > 0 && (this.#buckets[place - 1]?.index ?? 0) > index) place -= 1;
    const before = this.#buckets[place - 1];
    if (before?.index === index) return before;
    const bucket = { index, tally: new Tally() };
    this.#buckets.splice(place, 0, bucket);
    return bucket;
  }
}

/** Read at once by whoever filled it: no read awaits. */
const scratch = new Tally();
