import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP API with side effects that counts what arrives: the witness of what a gateway really let through. */
export interface Shop extends AsyncDisposable {
  readonly url: string;
  /** Every request that arrived, in order, answered or not. */
  readonly arrived: readonly ShopRequest[];
  /** Orders placed, by the item they name. */
  ordersOf(item: string): number;
  /** Runs when a request has arrived and before it is answered. */
  onArrival(hear: (request: ShopRequest) => void | Promise<void>): void;
  /** What every request gets from now on besides its order number. */
  tellAll(text: string): void;
}

export interface ShopRequest {
  readonly method: string;
  readonly path: string;
  readonly item: string | undefined;
}

export async function startShop(): Promise<Shop> {
  const arrived: ShopRequest[] = [];
  let hear: (request: ShopRequest) => void | Promise<void> = () => {};
  let told: { text?: string } = {};
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readBody(request);
      const item = body === '' ? undefined : (JSON.parse(body) as { item?: string }).item;
      const seen: ShopRequest = { method: request.method ?? '', path: request.url ?? '', item };
      arrived.push(seen);
      const number = arrived.length;
      await hear(seen);
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ id: `ord_${number}`, ...told }));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    ordersOf: (item) => arrived.filter((request) => request.method === 'POST' && request.item === item).length,
    onArrival: (next) => {
      hear = next;
    },
    tellAll: (text) => {
      told = text === '' ? {} : { text };
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
