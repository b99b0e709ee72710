import type { Dispatcher } from 'undici';
import type { OutboundRequest, OutboundResponse } from './outbound.ts';
import { abortError, toOutboundError } from './outbound-error.ts';
import { ReeveError } from './reeve-error.ts';

type Settle = { readonly resolve: (response: OutboundResponse) => void; readonly reject: (error: ReeveError) => void };

/**
 * One call until its answer begins. undici hears of an abort only once a connection is there, and its head timeout begins only
 * then; so a call in the queue, or on its way to a host that never accepts, ends here. Toward undici it stands in for the
 * caller's signal: what ended here is never sent later.
 */
export class OutboundCall {
  readonly deadlineMs: number;
  readonly #signal: AbortSignal;
  readonly #settle: Settle;
  readonly #waiting: Set<OutboundCall>;
  #abortUpstream: (() => void) | undefined;
  #open = true;
  #reason: ReeveError | undefined;

  constructor(request: OutboundRequest, nowMs: number, waiting: Set<OutboundCall>, settle: Settle) {
    this.deadlineMs = nowMs + request.headTimeoutMs;
    this.#signal = request.signal;
    this.#settle = settle;
    this.#waiting = waiting;
    waiting.add(this);
    request.signal.addEventListener('abort', this);
  }

  get reason(): ReeveError | undefined {
    return this.#reason;
  }

  addEventListener(_type: string, listener: () => void): void {
    this.#abortUpstream = listener;
  }

  /** undici calls it when the body is closed: until then the caller's signal ends the body too. */
  removeEventListener(): void {
    this.#abortUpstream = undefined;
    this.#signal.removeEventListener('abort', this);
  }

  /** The caller's signal fired. */
  handleEvent(): void {
    this.#end(abortError(this.#signal.reason));
  }

  expire(): void {
    this.#end(
      new ReeveError('upstream_timeout', 'the upstream did not begin to answer in time', {
        detail: { failure: 'head' },
      }),
    );
  }

  answered(response: Dispatcher.ResponseData): void {
    if (!this.#close()) {
      response.body.on('error', () => {}).destroy();
      return;
    }
    this.#settle.resolve({ status: response.statusCode, headers: response.headers, body: response.body });
  }

  failed(error: unknown): void {
    this.#signal.removeEventListener('abort', this);
    if (this.#close()) this.#settle.reject(toOutboundError(error));
  }

  #end(reason: ReeveError): void {
    this.#reason = reason;
    this.#signal.removeEventListener('abort', this);
    const unanswered = this.#close();
    this.#abortUpstream?.();
    if (unanswered) this.#settle.reject(reason);
  }

  #close(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    this.#waiting.delete(this);
    return wasOpen;
  }
}
