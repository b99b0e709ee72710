import { API_ROUTES, type ApiRouteName, type ApiRoutes } from '@reeve/contracts';
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

const TIMEOUT_MS = 60_000;

/** Typed client of the control API; every route of the contract by its name. Throws ReeveApiError. */
export class ReeveClient {
  readonly #options: ReeveClientOptions;

  constructor(options: ReeveClientOptions) {
    this.#options = options;
  }

  async call<N extends ApiRouteName>(name: N, args: ApiArguments<N> = {}): Promise<ApiReply<N>> {
    const route = API_ROUTES[name];
    const { url, token, workspace, timeoutMs = TIMEOUT_MS } = this.#options;
    const send = this.#options.fetch ?? fetch;
    const query = { ...(workspace === undefined ? {} : { workspace }), ...args.query };
    const target = new URL(fill(route.path, args.params ?? {}), url);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined && accepts(route.query, key)) target.searchParams.set(key, String(value));
    }
    const response = await send(target, {
      method: route.method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(args.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(args.body === undefined ? {} : { body: JSON.stringify(args.body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok) throw ReeveApiError.from(response.status, text);
    return JSON.parse(text) as ApiReply<N>;
  }
}

function fill(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/:([a-zA-Z]+)/g, (_match, name: string) => encodeURIComponent(String(params[name])));
}

function accepts(schema: { shape?: Record<string, unknown> }, key: string): boolean {
  return schema.shape !== undefined && Object.hasOwn(schema.shape, key);
}
