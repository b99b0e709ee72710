import type { FastifyReply } from 'fastify';
import { ReeveError } from '../lib/index.ts';

export interface StreamedEvent<T> {
  readonly id: string;
  readonly event: string;
  readonly data: T;
}

/** Events without end. `past`: what came after the id that the client saw last, or that some of it is gone. */
export interface EventStream<T> {
  readonly past: readonly StreamedEvent<T>[] | 'reset';
  listen(hear: (event: StreamedEvent<T>) => void): () => void;
}

const HEARTBEAT_MS = 15_000;
const MAX_STREAMS = 200;
/** One listener must not take the place of all others. */
const MAX_STREAMS_OF_ONE = 20;
/** A client that reads no more is cut off rather than kept in memory. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Open streams of server-sent events (WHATWG HTML, section 9.2). */
export class EventStreams {
  readonly #open = new Map<() => void, string>();

  /** @param by who listens; @param mayHear asked again and again: a token may end before its stream does */
  send<T>(
    reply: FastifyReply,
    stream: EventStream<T>,
    { checked, by, mayHear }: { checked: (data: T) => unknown; by: string; mayHear: () => boolean },
  ): void {
    if (this.#open.size >= MAX_STREAMS)
      throw new ReeveError('overloaded', `${MAX_STREAMS} streams are open`, { retryAfterSeconds: 30 });
    if ([...this.#open.values()].filter((one) => one === by).length >= MAX_STREAMS_OF_ONE)
      throw new ReeveError('overloaded', `you have ${MAX_STREAMS_OF_ONE} streams open`, { retryAfterSeconds: 30 });
    const { raw } = reply;
    const write = ({ id, event, data }: StreamedEvent<T>) => {
      if (!mayHear()) return void raw.end();
      // JSON has no line breaks of its own, so one line of data holds it.
      raw.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(checked(data))}\n\n`);
      if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
    };
    const stop = stream.listen(write);
    reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    raw.write('retry: 2000\n\n');
    if (stream.past === 'reset') raw.write('event: reset\ndata: {}\n\n');
    else for (const event of stream.past) write(event);
    const heart = setInterval(() => (mayHear() ? raw.write(': \n\n') : raw.end()), HEARTBEAT_MS).unref();
    const end = () => void raw.end();
    this.#open.set(end, by);
    raw.once('close', () => {
      clearInterval(heart);
      stop();
      this.#open.delete(end);
    });
  }

  /** The server ends: clients come back to the next one. */
  close(): void {
    for (const end of [...this.#open.keys()]) end();
  }
}
