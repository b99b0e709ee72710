import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  aborted: boolean;
}

export interface LocalApi extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
}

/** An HTTP API for tools: orders that can be made and read, an answer that never comes, a redirect to the metadata address. */
export async function startLocalApi(): Promise<LocalApi> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const entry = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
        aborted: false,
      };
      received.push(entry);
      response.on('close', () => {
        entry.aborted = !response.writableFinished;
      });
      answer(entry, received.length, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer({ path, headers, body }: Received, count: number, response: ServerResponse): void {
  if (path === '/never') return;
  if (path.startsWith('/redirect'))
    return void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
  const json = path === '/echo' ? { headers, body } : { id: `ord_${count}`, path, text: textOf(body) };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}

function textOf(body: string): unknown {
  return body === '' ? null : (JSON.parse(body) as { text?: unknown }).text;
}

/** The same API as tools of a fleet. */
export function apiTools(url: string, more = ''): string {
  return `---
kind: ToolServer
name: shop
transport: { api: "${url}" }
privateNetwork: true
credential: shop
${more}
tools:
  order: { effect: write, sideEffect: result.id, request: { method: POST, path: "/orders" } }
  read: { effect: read, request: { method: GET, path: "/orders/{id}" } }
  note: { effect: read, request: { method: POST, path: "/notes" } }
  never: { effect: read, request: { method: GET, path: "/never" } }
  redirect: { effect: read, request: { method: GET, path: "/redirect" } }
  echo: { effect: read, request: { method: POST, path: "/echo" } }
  refuse: { effect: delete, request: { method: DELETE, path: "/orders/{id}" } }
---
{ kind: Secret, name: shop, from: { env: SHOP_KEY } }
`;
}

export const SHOP_KEY = 'shop-key-that-no-agent-knows';

export const ORDER_PERMIT =
  'permit (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"shop.order");';
