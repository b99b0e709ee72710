import type { OutboundClient, OutboundResponse } from '../../../lib/index.ts';
import type { JsonObject } from '../wire/json-rpc.ts';

export interface HttpLinkOptions {
  readonly url: URL;
  /** Static headers and the injected credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly outbound: Pick<OutboundClient, 'send'>;
}

interface Patience {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The one address of a tool server, where its credential joins. */
export class HttpLink {
  readonly #options: HttpLinkOptions;

  constructor(options: HttpLinkOptions) {
    this.#options = options;
  }

  post(message: JsonObject, patience: Patience, headers: Readonly<Record<string, string>>): Promise<OutboundResponse> {
    return this.#send('POST', patience, {
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      body: JSON.stringify(message),
    });
  }

  delete(patience: Patience, headers: Readonly<Record<string, string>>): Promise<OutboundResponse> {
    return this.#send('DELETE', patience, { headers });
  }

  #send(
    method: 'POST' | 'DELETE',
    { signal, timeoutMs }: Patience,
    content: { headers: Readonly<Record<string, string>>; body?: string },
  ): Promise<OutboundResponse> {
    const { url, headers, outbound } = this.#options;
    return outbound.send({
      ...content,
      url,
      method,
      headers: { ...headers, ...content.headers },
      address: 'operator',
      signal,
      headTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs,
    });
  }
}
