import { ReeveError } from '../../../lib/index.ts';

/** Joins the caller's signal and the time-out of a call; tells afterwards which of the two ended it. */
export class CallDeadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal;
  readonly #relay = () => this.#controller.abort(this.#outer.reason);
  #timedOut = false;

  constructor(outer: AbortSignal, timeoutMs: number) {
    this.#outer = outer;
    if (outer.aborted) this.#relay();
    else outer.addEventListener('abort', this.#relay, { once: true });
    this.#timer = setTimeout(() => {
      this.#timedOut = true;
      this.#controller.abort(
        new ReeveError('upstream_timeout', `the tool server did not answer within ${timeoutMs} ms`),
      );
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What a failure of the call means for the caller. */
  explain(thrown: unknown): unknown {
    if (this.#timedOut) return this.#controller.signal.reason;
    return thrown;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#relay);
  }
}
