import { latencyOf } from '../statistics.ts';
import type { JobResult } from './job.ts';

const MAX_SAMPLES = 2_000_000;

/** Counts good replies and failures of one job. */
export class Tally {
  readonly #startedMs = performance.now();
  readonly #samples: number[] = [];
  #count = 0;
  #failures = 0;
  #failure: string | undefined;

  get count(): number {
    return this.#count;
  }

  good(latencyMs: number): void {
    this.#count += 1;
    if (this.#samples.length < MAX_SAMPLES) this.#samples.push(latencyMs);
  }

  bad(failure: string): void {
    this.#failures += 1;
    this.#failure ??= failure;
  }

  result(): JobResult {
    return {
      count: this.#count,
      elapsedSeconds: (performance.now() - this.#startedMs) / 1_000,
      latency: latencyOf(this.#samples),
      failures: this.#failures,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    };
  }
}
