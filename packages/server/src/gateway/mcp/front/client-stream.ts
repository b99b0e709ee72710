import type { FastifyReply } from 'fastify';
import { sseEvent } from '../wire/sse.ts';

const KEEP_ALIVE_MS = 15_000;
/** Past this, messages that may be lost are dropped for a client that does not read. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** The answer to one request: plain JSON, or an event stream from the moment something is told before the end. */
export class ClientStream {
  readonly #reply: FastifyReply;
  readonly #mayStream: boolean;
  readonly #gone = new AbortController();
  #headers: Readonly<Record<string, string>> = {};
  #keepAlive: NodeJS.Timeout | undefined;
  #open = false;

  constructor(reply: FastifyReply, accept: string | undefined) {
    this.#reply = reply;
    this.#mayStream = accept?.includes('text/event-stream') === true;
    reply.raw.once('close', () => {
      clearInterval(this.#keepAlive);
      if (!reply.raw.writableFinished) this.#gone.abort(new Error('the caller went away'));
    });
  }

  /** Aborts when the caller goes away before the end. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get mayStream(): boolean {
    return this.#mayStream;
  }

  open(headers: Readonly<Record<string, string>> = {}): void {
    if (this.#open) return;
    this.#open = true;
    this.#reply.hijack();
    this.#reply.raw.writeHead(200, {
      ...this.#headers,
      ...headers,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#reply.raw.flushHeaders();
    this.#keepAlive = setInterval(() => this.#write(': \n\n'), KEEP_ALIVE_MS).unref();
  }

  /** False where the client takes no stream, or does not read it. */
  tell(message: object): boolean {
    if (!this.#mayStream || this.#gone.signal.aborted || this.#reply.raw.writableEnded) return false;
    this.open();
    if (this.#reply.raw.writableLength > MAX_UNREAD_BYTES) return false;
    this.#write(sseEvent(message));
    return true;
  }

  answer(status: number, headers: Readonly<Record<string, string>>, message: object | undefined): void {
    if (this.#open) {
      if (message !== undefined) this.#write(sseEvent(message));
      this.end();
      return;
    }
    this.#reply.code(status).headers({ 'cache-control': 'no-store', ...headers });
    if (message === undefined) this.#reply.send();
    else this.#reply.header('content-type', 'application/json').send(JSON.stringify(message));
  }

  end(): void {
    clearInterval(this.#keepAlive);
    if (!this.#reply.raw.writableEnded) this.#reply.raw.end();
  }

  #write(text: string): void {
    if (!this.#reply.raw.destroyed) this.#reply.raw.write(text);
  }
}
