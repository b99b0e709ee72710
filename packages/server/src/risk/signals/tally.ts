/**
 * What a set of numbers at times comes to. Merging is independent of order: of events in the same millisecond the smallest value
 * is the first and the largest the last, and the sum carries its rounding error along, so that it comes out the same however it was
 * split (and ten times 0.1 is 1).
 */
export class Tally {
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  firstAtMs = Number.POSITIVE_INFINITY;
  first = 0;
  lastAtMs = Number.NEGATIVE_INFINITY;
  last = 0;
  #sum = 0;
  #error = 0;
  #mean = 0;
  /** Sum of squared differences from the mean. */
  #squares = 0;

  get sum(): number {
    return this.#sum + this.#error;
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  get spread(): number {
    return this.count === 0 ? 0 : Math.sqrt(this.#squares / this.count);
  }

  clear(): void {
    this.count = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
    this.firstAtMs = Number.POSITIVE_INFINITY;
    this.lastAtMs = Number.NEGATIVE_INFINITY;
    this.first = this.last = this.#sum = this.#error = this.#mean = this.#squares = 0;
  }

  add(atMs: number, value: number): void {
    this.count += 1;
    const difference = value - this.#mean;
    this.#mean += difference / this.count;
    this.#squares += difference * (value - this.#mean);
    this.#plus(value);
    this.#spanFirst(atMs, value);
    this.#spanLast(atMs, value);
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  merge(other: Tally): void {
    if (other.count === 0) return;
    const count = this.count + other.count;
    const difference = other.#mean - this.#mean;
    this.#squares += other.#squares + difference * difference * ((this.count * other.count) / count);
    this.#mean += difference * (other.count / count);
    this.count = count;
    this.#plus(other.#sum);
    this.#error += other.#error;
    this.#spanFirst(other.firstAtMs, other.first);
    this.#spanLast(other.lastAtMs, other.last);
    if (other.min < this.min) this.min = other.min;
    if (other.max > this.max) this.max = other.max;
  }

  /** Only of a tally that is not empty: its numbers are finite. */
  toNumbers(): number[] {
    const { count, min, max, firstAtMs, first, lastAtMs, last } = this;
    return [count, min, max, firstAtMs, first, lastAtMs, last, this.#sum, this.#error, this.#mean, this.#squares];
  }

  static fromNumbers(numbers: readonly number[]): Tally {
    const tally = new Tally();
    const [count = 0, min = 0, max = 0, firstAtMs = 0, first = 0, lastAtMs = 0, last = 0, ...rest] = numbers;
    Object.assign(tally, { count, min, max, firstAtMs, first, lastAtMs, last });
    [tally.#sum = 0, tally.#error = 0, tally.#mean = 0, tally.#squares = 0] = rest;
    return tally;
  }

  /** Knuth's exact sum of two numbers: what rounding lost is kept. */
  #plus(value: number): void {
    const sum = this.#sum + value;
    const added = sum - this.#sum;
    this.#error += this.#sum - (sum - added) + (value - added);
    this.#sum = sum;
  }

  #spanFirst(atMs: number, value: number): void {
    if (atMs > this.firstAtMs || (atMs === this.firstAtMs && value >= this.first)) return;
    this.firstAtMs = atMs;
    this.first = value;
  }

  #spanLast(atMs: number, value: number): void {
    if (atMs < this.lastAtMs || (atMs === this.lastAtMs && value <= this.last)) return;
    this.lastAtMs = atMs;
    this.last = value;
  }
}
