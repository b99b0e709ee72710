import { type Advanced, advance, type Chains, type StepEvent } from './chain.ts';

/** How long a step that was written can still be taken back: an intent that could not be committed is known by then. */
const SETTLES_AFTER_MS = 10_000;
/** Steps that may still be taken back, of one sequence and key. Beyond, the oldest count for good: the stricter reading. */
const MAX_OPEN = 256;

interface OpenEvent {
  readonly event: StepEvent;
  /** When it was written; undefined while it is under way. */
  writtenAtMs: number | undefined;
}

export interface Recorded extends Advanced {
  written(nowMs: number): void;
  withdraw(): void;
}

/** The beginnings of one sequence for one key, with those steps apart that may still be taken back. */
export class PartialMatches {
  readonly #last: number;
  /** What nothing takes back any more. */
  readonly #settled: Chains;
  /** What came after, in order. */
  readonly #open: OpenEvent[] = [];
  /** Both together. */
  #current: Chains;
  /** An apply may change it. */
  withinMs: number;
  /** How many are judging with it at present. */
  users = 0;

  constructor(steps: number, withinMs: number, settled: Chains) {
    this.#last = steps - 1;
    this.withinMs = withinMs;
    this.#settled = settled;
    this.#current = [...settled];
  }

  get chains(): Readonly<Chains> {
    return this.#current;
  }

  /** Whether all that is in it is in the database, or was withdrawn. */
  get isSettled(): boolean {
    return this.#open.length === 0 && this.users === 0;
  }

  record(event: StepEvent, nowMs: number): Recorded {
    this.settle(nowMs);
    const advanced = advance(this.#current, event, this.#last, this.withinMs);
    const open: OpenEvent = { event, writtenAtMs: undefined };
    if (advanced.extended.length > 0) {
      this.#open.push(open);
      if (this.#open.length > MAX_OPEN) this.#settleFirst();
    }
    return {
      ...advanced,
      written: (atMs) => {
        open.writtenAtMs = atMs;
      },
      withdraw: () => this.#withdraw(open),
    };
  }

  settle(nowMs: number): void {
    for (let first = this.#open[0]; first?.writtenAtMs !== undefined; first = this.#open[0]) {
      // Set back, the clock tells nothing of how long ago that was: it is told anew.
      if (first.writtenAtMs > nowMs) first.writtenAtMs = nowMs;
      if (nowMs - first.writtenAtMs < SETTLES_AFTER_MS) return;
      this.#settleFirst();
    }
  }

  #settleFirst(): void {
    const first = this.#open.shift();
    if (first !== undefined) advance(this.#settled, first.event, this.#last, this.withinMs);
  }

  #withdraw(open: OpenEvent): void {
    const at = this.#open.indexOf(open);
    if (at < 0) return;
    this.#open.splice(at, 1);
    this.#current = [...this.#settled];
    for (const { event } of this.#open) advance(this.#current, event, this.#last, this.withinMs);
  }
}
