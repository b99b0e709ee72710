import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, heard: Heard) => void;

/** A model provider and HTTP API that says whatever a test tells it to. */
export interface HostileUpstream extends AsyncDisposable {
  readonly url: string;
  readonly heard: Heard[];
  answer: Answer;
}

export async function startHostileUpstream(): Promise<HostileUpstream> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const entry = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
      heard.push(entry);
      upstream.answer(response, entry);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream: HostileUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    answer: json(200, {}),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return upstream;
}

export function json(status: number, value: unknown): Answer {
  return (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export function text(status: number, body: string): Answer {
  return (response) => void response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
}

/** Exactly these bytes. */
export function written(contentType: string, body: string): Answer {
  return (response) => void response.writeHead(200, { 'content-type': contentType }).end(body);
}

/** Server-sent events, as written. */
export function events(body: string): Answer {
  return written('text/event-stream', body);
}
