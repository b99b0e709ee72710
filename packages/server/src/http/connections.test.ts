import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Connections } from './connections.ts';

const STALL_MS = 80;

async function meet(answer: RequestListener): Promise<{ client: Socket; server: Socket } & AsyncDisposable> {
  const http = createServer((request, response) => {
    connections.admit(request, response);
    answer(request, response);
  });
  const connections = new Connections(http, { maxConnections: 10, stallTimeoutMs: STALL_MS });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const accepted = once(http, 'connection') as Promise<[Socket]>;
  const client = connect((http.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  const [server] = await accepted;
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  return {
    client,
    server,
    async [Symbol.asyncDispose]() {
      client.destroy();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

test('who does not read a large answer is cut off', async () => {
  await using parties = await meet((_request, response) => response.end(Buffer.alloc(64 * 1024 * 1024)));
  parties.client.pause();
  if (!parties.server.destroyed) await once(parties.server, 'close');
  expect(parties.server.bytesWritten).toBeGreaterThan(0);
});

test('who does not read a stream is cut off, also in the middle', async () => {
  await using parties = await meet((_request, response) => {
    const pump = () => {
      while (response.writable && response.write(Buffer.alloc(64 * 1024)));
    };
    response.on('drain', pump);
    pump();
  });
  await once(parties.client, 'data');
  parties.client.pause();
  if (!parties.server.destroyed) await once(parties.server, 'close');
});

test('an answer that is slow to come is not a client that is slow to read', async () => {
  await using parties = await meet((_request, response) => {
    response.write('first');
    void delay(6 * STALL_MS).then(() => response.end('last'));
  });
  let text = '';
  parties.client.on('data', (chunk) => {
    text += String(chunk);
  });
  while (!text.endsWith('0\r\n\r\n')) await once(parties.client, 'data');
  expect(text).toContain('last');
});
