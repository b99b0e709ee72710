import { BoundedMap } from '../lib/index.ts';
import type { Coordination, WindowCount } from './coordination.ts';

const MAX_COUNTERS = 100_000;

/** For one process. */
export class MemoryCoordination implements Coordination {
  readonly #counters = new BoundedMap<string, { window: number; count: number }>(MAX_COUNTERS);

  countInWindow(key: string, limit: number, windowMs: number, atMs: number): WindowCount {
    let window = Math.floor(atMs / windowMs);
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      counter = { window, count: 0 };
      this.#counters.set(key, counter);
    }
    // A clock that went back opens no window a second time.
    window = Math.max(window, counter.window);
    if (window > counter.window) {
      counter.window = window;
      counter.count = 0;
    }
    const counted = counter.count < limit;
    if (counted) counter.count += 1;
    return { counted, count: counter.count, resetsAtMs: (window + 1) * windowMs };
  }
}
