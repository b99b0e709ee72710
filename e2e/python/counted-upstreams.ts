import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ModelProvider, startModelProvider } from '@reeve/testkit';

export const UPSTREAM_KEY = 'upstream-key-that-no-agent-knows';

export interface CountedUpstreams extends AsyncDisposable {
  readonly models: string;
  readonly orders: string;
  /** Answers `{"models": n, "orders": n, "credential": "…"}`: what arrived upstream so far. */
  readonly counts: string;
}

/** The simulated model provider, an HTTP API that sells orders, and an address that tells how often each was asked. */
export async function startCountedUpstreams(): Promise<CountedUpstreams> {
  const models = await startModelProvider({ apiKey: UPSTREAM_KEY });
  let orders = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://local');
    const send = (body: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/counts') return send({ models: models.count(), orders, ...lastOf(models) });
    orders += 1;
    send({ customer: url.searchParams.get('customer'), orders: ['order-1', 'order-2'] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    models: models.url,
    orders: url,
    counts: `${url}/counts`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await models.close();
    },
  };
}

function lastOf(models: ModelProvider): object {
  const last = models.requests.at(-1);
  return { headers: last?.headers ?? {}, aborted: models.requests.filter((request) => request.aborted).length };
}
