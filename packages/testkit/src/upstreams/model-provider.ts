import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { anthropicReply, anthropicStream } from './provider-anthropic.ts';
import { geminiReply, geminiStream } from './provider-gemini.ts';
import { chatReply, chatStream, embeddingsReply, responsesReply, responsesStream } from './provider-openai.ts';
import { type Asked, readAsked } from './provider-request.ts';

export interface ModelProviderOptions {
  readonly port?: number;
  /** The credential that every request must carry, in the header of its API. */
  readonly apiKey?: string;
  /** Requests kept for assertions; older ones are forgotten. */
  readonly keep?: number;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Set when the caller went away before the answer ended. */
  aborted: boolean;
}

export interface ModelProvider extends AsyncDisposable {
  readonly url: string;
  /** The latest requests, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** How many requests there were in all. */
  count(): number;
  close(): Promise<void>;
}

const DEFAULT_KEEP = 100;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const CHUNK_DELAY_MS = 20;
const SLOW_MS = 2_000;

/**
 * A model provider that answers by rule instead of by model, in the shapes of OpenAI, Anthropic and Gemini. It says what it was
 * told to: `call tool NAME with {...}` makes it call that tool. Model names steer faults: `sim-error-500` (any status),
 * `sim-slow`, `sim-slow-stream`, `sim-cut-stream`, `sim-error-stream`, `sim-no-usage`, `sim-reset`.
 */
export async function startModelProvider(options: ModelProviderOptions = {}): Promise<ModelProvider> {
  const requests: ReceivedRequest[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    void serve(request, response, options, (received) => {
      requests.push(received);
      if (requests.length > (options.keep ?? DEFAULT_KEEP)) requests.shift();
    }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, requests, count: () => count, close, [Symbol.asyncDispose]: close };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: ModelProviderOptions,
  keep: (received: ReceivedRequest) => void,
): Promise<void> {
  const received: ReceivedRequest = {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: await readText(request),
    aborted: false,
  };
  keep(received);
  response.on('close', () => {
    received.aborted = !response.writableFinished;
  });
  const asked = readAsked(received.path, received.body);
  if (asked === undefined) return sendJson(response, 404, { error: { message: `no such endpoint: ${received.path}` } });
  const key = credentialOf(request);
  if (options.apiKey !== undefined && key !== options.apiKey)
    return sendJson(response, 401, errorBody(asked, 401, `Incorrect API key provided: ${key}`));
  await answer(asked, response);
}

async function answer(asked: Asked, response: ServerResponse): Promise<void> {
  const status = Number(/^sim-error-(\d{3})$/.exec(asked.model)?.[1]);
  if (status >= 400) return sendJson(response, status, errorBody(asked, status, `simulated ${status}`));
  if (asked.model === 'sim-reset') return void response.destroy();
  if (asked.model === 'sim-slow') await delay(SLOW_MS);
  if (asked.stream) return stream(asked, response);
  sendJson(response, 200, replyTo(asked));
}

function replyTo(asked: Asked): object {
  switch (asked.endpoint) {
    case 'chat':
      return chatReply(asked);
    case 'responses':
      return responsesReply(asked);
    case 'embeddings':
      return embeddingsReply(asked);
    case 'messages':
      return anthropicReply(asked);
    case 'count_tokens':
      return { input_tokens: asked.inputTokens };
    case 'generate':
      return geminiReply(asked);
    case 'countTokens':
      return { totalTokens: asked.inputTokens };
    case 'embed':
      return { embedding: { values: [0.1, 0.2, 0.3] } };
    case 'batchEmbed':
      return { embeddings: [{ values: [0.1, 0.2, 0.3] }] };
  }
}

function eventsOf(asked: Asked): string[] {
  if (asked.endpoint === 'chat') return chatStream(asked);
  if (asked.endpoint === 'responses') return responsesStream(asked);
  return asked.endpoint === 'messages' ? anthropicStream(asked) : geminiStream(asked);
}

async function stream(asked: Asked, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_simulated' });
  const events = eventsOf(asked);
  const cutAt = asked.model === 'sim-cut-stream' ? Math.ceil(events.length / 2) : events.length;
  for (const event of events.slice(0, cutAt)) {
    if (response.destroyed) return;
    response.write(event);
    if (asked.model === 'sim-slow-stream' || asked.model === 'sim-error-stream') await delay(CHUNK_DELAY_MS);
  }
  if (cutAt === events.length) response.end();
  else setImmediate(() => response.destroy());
}

function errorBody(asked: Asked, status: number, message: string): object {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'api_error' : 'invalid_request_error';
  if (asked.api === 'anthropic') return { type: 'error', error: { type, message }, request_id: 'req_simulated' };
  if (asked.api === 'gemini') return { error: { code: status, message, status: 'UNKNOWN' } };
  return { error: { message, type, param: null, code: null } };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'x-request-id': 'req_simulated',
    'set-cookie': 'upstream=1',
    'openai-organization': 'org-of-the-operator',
  });
  response.end(bytes);
}

function credentialOf(request: IncomingMessage): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return authorization.replace(/^Bearer /, '');
  return [request.headers['x-api-key'], request.headers['x-goog-api-key']].flat().find((value) => value !== undefined);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
