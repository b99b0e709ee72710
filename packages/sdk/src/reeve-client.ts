import { API_ROUTES, type ApiRouteName, type ApiRoutes } from '@reeve/contracts';
import { readEvents } from './read-events.ts';
import { ReeveApiError } from './reeve-api-error.ts';

export interface ReeveClientOptions {
  /** Base URL of the server, e.g. `http://127.0.0.1:7373`. */
  readonly url: string;
  /** An admin token. */
  readonly token: string;
  readonly workspace?: string;
  readonly fetch?: typeof fetch;
  /** For the whole answer, in milliseconds. */
  readonly timeoutMs?: number;
}

type In<T> = T extends { _zod: { input: infer I } } ? I : never;
type Out<T> = T extends { _zod: { output: infer O } } ? O : never;

export type ApiArguments<N extends ApiRouteName> = {
  readonly params?: In<ApiRoutes[N]['params']>;
  readonly query?: Partial<In<ApiRoutes[N]['query']>>;
  readonly body?: In<ApiRoutes[N]['body']>;
};
export type ApiReply<N extends ApiRouteName> = Out<ApiRoutes[N]['reply']>;

/** Routes that answer with events without end. */
export type StreamRouteName = {
  [N in ApiRouteName]: ApiRoutes[N] extends { readonly stream: true } ? N : never;
}[ApiRouteName];

/** `reset`: events were lost; read again what they are about. */
export type ApiEvent<N extends StreamRouteName> =
  | { readonly event: 'reset' }
  | { readonly event: 'data'; readonly id: string; readonly data: ApiReply<N> };

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Goes on after this event. */
  readonly lastEventId?: string;
}

const TIMEOUT_MS = 60_000;

/** Typed client of the control API; every route of the contract by its name. Throws ReeveApiError. */
export class ReeveClient {
  readonly #options: ReeveClientOptions;

  constructor(options: ReeveClientOptions) {
    this.#options = options;
  }

  async call<N extends ApiRouteName>(name: N, args: ApiArguments<N> = {}): Promise<ApiReply<N>> {
    const response = await this.#send(name, args, {
      headers: args.body === undefined ? {} : { 'content-type': 'application/json' },
      ...(args.body === undefined ? {} : { body: JSON.stringify(args.body) }),
      signal: AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS),
    });
    return JSON.parse(await response.text()) as ApiReply<N>;
  }

  /** Events until the server or `signal` ends the stream. Who wants to go on then asks again with the last id. */
  async *stream<N extends StreamRouteName>(
    name: N,
    args: ApiArguments<N> = {},
    { signal, lastEventId }: StreamOptions = {},
  ): AsyncGenerator<ApiEvent<N>, void, undefined> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await this.#send(name, args, { headers, ...(signal === undefined ? {} : { signal }) });
    for await (const { id, event, data } of readEvents(response.body)) {
      if (event === 'reset') yield { event };
      else yield { event: 'data', id, data: JSON.parse(data) as ApiReply<N> };
    }
  }

  async #send<N extends ApiRouteName>(
    name: N,
    args: ApiArguments<N>,
    init: { readonly headers: Record<string, string>; readonly body?: string; readonly signal?: AbortSignal },
  ): Promise<Response> {
    const route = API_ROUTES[name];
    const { url, token, workspace } = this.#options;
    const send = this.#options.fetch ?? fetch;
    const query = { ...(workspace === undefined ? {} : { workspace }), ...args.query };
    const target = new URL(fill(route.path, args.params ?? {}), url);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined && accepts(route.query, key)) target.searchParams.set(key, String(value));
    }
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    const response = await send(target, { ...init, method: route.method, headers });
    if (!response.ok) throw ReeveApiError.from(response.status, await response.text());
    return response;
  }
}

function fill(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/:([a-zA-Z]+)/g, (_match, name: string) => encodeURIComponent(String(params[name])));
}

function accepts(schema: { shape?: Record<string, unknown> }, key: string): boolean {
  return schema.shape !== undefined && Object.hasOwn(schema.shape, key);
}
