import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { OutboundCall } from './outbound-call.ts';
import { type ConnectRules, operatorConnector, publicConnector } from './outbound-connect.ts';
import { abortError } from './outbound-error.ts';
import { ReeveError } from './reeve-error.ts';

/**
 * Whose word the address is. `operator`: written in the fleet by who runs Reeve; private addresses are allowed. `caller`: named or
 * influenced by an agent; only public addresses, checked at connect time.
 */
export type AddressSource = 'operator' | 'caller';

export interface OutboundRequest {
  /** `http:` or `https:`, without user and password. */
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly address: AddressSource;
  readonly signal: AbortSignal;
  /** From now until the response's head is there, the wait for a connection included. */
  readonly headTimeoutMs: number;
  /** Between two chunks of the body. */
  readonly idleTimeoutMs: number;
}

export interface OutboundResponse {
  /** As the upstream said it: a redirect is an answer like any other. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Must be read to its end or destroyed. What it throws, `toOutboundError` turns into ours. */
  readonly body: Readable;
}

/**
 * The only part of the server that opens connections. Never follows redirects, never retries. Rejects with ReeveError:
 * `destination_denied`, `upstream_timeout`, `upstream_failed`, `overloaded`, or the signal's reason where that is one.
 */
export interface OutboundClient extends AsyncDisposable {
  send(request: OutboundRequest): Promise<OutboundResponse>;
}

const MAX_CONNECTIONS_PER_ORIGIN = 512;
const MAX_ORIGINS = 1_000;
/** Calls whose answer has not begun, over all origins. */
const MAX_WAITING = 8_192;
const MAX_HEAD_BYTES = 32_768;
const KEEP_ALIVE_MS = 30_000;
const LIMITS = {
  connections: MAX_CONNECTIONS_PER_ORIGIN,
  maxOrigins: MAX_ORIGINS,
  maxHeaderSize: MAX_HEAD_BYTES,
  keepAliveTimeout: KEEP_ALIVE_MS,
  pipelining: 1,
} as const;

export function createOutboundClient(rules: ConnectRules = {}): OutboundClient {
  return new PooledClient(rules);
}

const SWEEP_EVERY_MS = 250;

/** Connections of the two kinds of address never mix: one that a caller may not open cannot be reused for it either. */
class PooledClient implements OutboundClient {
  readonly #operator: Agent;
  readonly #caller: Agent;
  readonly #waiting = new Set<OutboundCall>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(rules: ConnectRules) {
    this.#operator = new Agent({ ...LIMITS, connect: operatorConnector() });
    this.#caller = new Agent({ ...LIMITS, connect: publicConnector(rules) });
    this.#sweeper = setInterval(() => this.#expireLate(), SWEEP_EVERY_MS);
    this.#sweeper.unref();
  }

  send(request: OutboundRequest): Promise<OutboundResponse> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const call = new OutboundCall(request, performance.now(), this.#waiting, { resolve, reject });
      this.#dispatch(request, call).then(
        (response) => call.answered(response),
        (error: unknown) => call.failed(error),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all([this.#operator.destroy(), this.#caller.destroy()]);
  }

  #dispatch(request: OutboundRequest, call: OutboundCall): Promise<Dispatcher.ResponseData> {
    const { url } = request;
    return (request.address === 'operator' ? this.#operator : this.#caller).request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method as 'GET',
      headers: request.headers,
      body: request.body ?? null,
      // undici asks of a signal only that it can be listened to.
      signal: call as unknown as AbortSignal,
      headersTimeout: request.headTimeoutMs,
      bodyTimeout: request.idleTimeoutMs,
    });
  }

  #refusal({ url, address, signal }: OutboundRequest): ReeveError | undefined {
    if (signal.aborted) return abortError(signal.reason);
    if (this.#waiting.size >= MAX_WAITING) {
      return new ReeveError('overloaded', 'too many calls wait for upstreams', { retryAfterSeconds: 1 });
    }
    return oddUrl(url, address);
  }

  #expireLate(): void {
    const nowMs = performance.now();
    for (const call of this.#waiting) if (call.deadlineMs < nowMs) call.expire();
  }
}

const FIRST_FREE_PORT = 1_024;

function oddUrl(url: URL, address: AddressSource): ReeveError | undefined {
  const { protocol } = url;
  if (protocol !== 'https:' && protocol !== 'http:') return refused('the address must begin with https:// or http://');
  if (url.username !== '' || url.password !== '') return refused('the address must not carry a user or password');
  if (address === 'operator' || url.port === '') return undefined;
  // What listens on a privileged port besides 80 and 443 speaks something else than HTTP.
  const port = Number(url.port);
  const odd = port < FIRST_FREE_PORT && port !== 80 && port !== 443;
  return odd ? refused(`port ${port} is not one for HTTP`) : undefined;
}

function refused(message: string): ReeveError {
  return new ReeveError('destination_denied', message, { detail: { failure: 'refused' } });
}
