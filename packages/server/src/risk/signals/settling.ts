import type { Counting } from './counting.ts';

/**
 * How long after its rows were handed out an action can be withdrawn. Longer than storage takes to answer a write in any case.
 */
const SETTLED_AFTER_MS = 15_000;
/** By less it may be corrected at any time. */
const SET_BACK_MS = 1_000;
const MAX_UNSETTLED = 200_000;
const TIDY_AFTER = 1_024;

/** Actions whose rows were handed out, until it is certain that they stay. */
export class Settling {
  #queue: { readonly counting: Counting; dueMs: number }[] = [];
  #head = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  add(counting: Counting, atMs: number): void {
    this.#queue.push({ counting, dueMs: atMs + SETTLED_AFTER_MS });
    if (this.#queue.length - this.#head > MAX_UNSETTLED) this.#settleNext();
  }

  settleDue(atMs: number): void {
    if (atMs < this.#askedAtMs - SET_BACK_MS) this.#dateAnew(atMs);
    this.#askedAtMs = atMs;
    while ((this.#queue[this.#head]?.dueMs ?? Number.POSITIVE_INFINITY) <= atMs) this.#settleNext();
  }

  /** A clock that was set back must not keep everything in memory until it has caught up. */
  #dateAnew(atMs: number): void {
    for (const waiting of this.#queue.slice(this.#head)) waiting.dueMs = atMs + SETTLED_AFTER_MS;
  }

  #settleNext(): void {
    this.#queue[this.#head]?.counting.settle();
    this.#head += 1;
    if (this.#head < TIDY_AFTER || 2 * this.#head < this.#queue.length) return;
    this.#queue.splice(0, this.#head);
    this.#head = 0;
  }
}
