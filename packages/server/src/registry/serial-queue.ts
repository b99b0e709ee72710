import { ReeveError } from '../lib/index.ts';

/** Runs work of the same key one after another, with a limit to what may wait. */
export class SerialQueue {
  readonly #maxWaiting: number;
  readonly #tails = new Map<string, { last: Promise<unknown>; waiting: number }>();

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#tails.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= this.#maxWaiting)
      throw new ReeveError('overloaded', `${this.#maxWaiting} changes are waiting for each other`, {
        retryAfterSeconds: 1,
      });
    this.#tails.set(key, queue);
    queue.waiting++;
    const mine = queue.last.then(work, work);
    queue.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      queue.waiting--;
      if (queue.waiting === 0) this.#tails.delete(key);
    }
  }
}
