import type { Readable } from 'node:stream';
import { Agent } from 'undici';
import { type ConnectRules, operatorConnector, publicConnector } from './outbound-connect.ts';
import { toOutboundError } from './outbound-error.ts';
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
  /** Until the response's head is there. */
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

/** Connections of the two kinds of address never mix: one that a caller may not open cannot be reused for it either. */
class PooledClient implements OutboundClient {
  readonly #operator: Agent;
  readonly #caller: Agent;
  #waiting = 0;

  constructor(rules: ConnectRules) {
    this.#operator = new Agent({ ...LIMITS, connect: operatorConnector() });
    this.#caller = new Agent({ ...LIMITS, connect: publicConnector(rules) });
  }

  async send(request: OutboundRequest): Promise<OutboundResponse> {
    const { url, address } = request;
    refuseOddUrl(url, address);
    if (this.#waiting >= MAX_WAITING) {
      throw new ReeveError('overloaded', 'too many calls wait for upstreams', { retryAfterSeconds: 1 });
    }
    this.#waiting++;
    try {
      const response = await (address === 'operator' ? this.#operator : this.#caller).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method as 'GET',
        headers: request.headers,
        body: request.body ?? null,
        signal: request.signal,
        headersTimeout: request.headTimeoutMs,
        bodyTimeout: request.idleTimeoutMs,
      });
      return { status: response.statusCode, headers: response.headers, body: response.body };
    } catch (error) {
      throw toOutboundError(error);
    } finally {
      this.#waiting--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#operator.destroy(), this.#caller.destroy()]);
  }
}

const FIRST_FREE_PORT = 1_024;

function refuseOddUrl(url: URL, address: AddressSource): void {
  const { protocol } = url;
  if (protocol !== 'https:' && protocol !== 'http:') throw refused('the address must begin with https:// or http://');
  if (url.username !== '' || url.password !== '') throw refused('the address must not carry a user or password');
  if (address === 'operator' || url.port === '') return;
  // What listens on a privileged port besides 80 and 443 speaks something else than HTTP.
  const port = Number(url.port);
  if (port < FIRST_FREE_PORT && port !== 80 && port !== 443) throw refused(`port ${port} is not one for HTTP`);
}

function refused(message: string): ReeveError {
  return new ReeveError('destination_denied', message, { detail: { failure: 'refused' } });
}
