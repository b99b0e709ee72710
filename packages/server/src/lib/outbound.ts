import type { Readable } from 'node:stream';
import { Agent } from 'undici';

/**
 * Whose word the address is. `operator`: written in the fleet by who runs Reeve; private addresses are allowed. `caller`: named or
 * influenced by an agent; only public addresses, checked at connect time.
 */
export type AddressSource = 'operator' | 'caller';

export interface OutboundRequest {
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
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Must be read to its end or destroyed. */
  readonly body: Readable;
}

/** The only part of the server that opens connections. Never follows redirects, never retries. */
export interface OutboundClient extends AsyncDisposable {
  send(request: OutboundRequest): Promise<OutboundResponse>;
}

const MAX_CONNECTIONS_PER_ORIGIN = 512;
const KEEP_ALIVE_MS = 30_000;

export function createOutboundClient(): OutboundClient {
  const agent = new Agent({ connections: MAX_CONNECTIONS_PER_ORIGIN, keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1 });
  return {
    async send(request) {
      const response = await agent.request({
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        method: request.method as 'GET',
        headers: request.headers,
        body: request.body ?? null,
        signal: request.signal,
        headersTimeout: request.headTimeoutMs,
        bodyTimeout: request.idleTimeoutMs,
      });
      return { status: response.statusCode, headers: response.headers, body: response.body };
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}
