import type { Readable } from 'node:stream';
import { ReeveError, toOutboundError } from '../../lib/index.ts';
import type { StreamChunk } from '../action.ts';
import { editJson } from './json-edit.ts';
import { parseUpstreamObject } from './json-object.ts';
import { readEvents, type SseEvent } from './sse-event.ts';
import { SseFramer } from './sse-framer.ts';
import type { StreamReader } from './surface.ts';
import { toJsonEdits, toParts } from './text-parts.ts';

/** Reads an upstream's events for their usage while they pass on as they came. */
export class EventStream {
  readonly #body: AsyncIterator<Buffer>;
  readonly #stream: Readable;
  readonly #reader: StreamReader;
  readonly #inspect: boolean;
  readonly #framer = new SseFramer();
  #first: StreamChunk[] | undefined;

  constructor(stream: Readable, reader: StreamReader, inspect: boolean) {
    this.#stream = stream;
    this.#body = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    this.#reader = reader;
    this.#inspect = inspect;
  }

  get reader(): StreamReader {
    return this.#reader;
  }

  /** Waits for the first event, so that a stream that never began is still a candidate for another target. */
  async begin(): Promise<void> {
    this.#first = await this.#next();
    if (this.#first === undefined) throw cutOff();
  }

  async *chunks(): AsyncGenerator<StreamChunk> {
    try {
      for (let ready = this.#first; ready !== undefined; ready = await this.#next()) {
        this.#first = undefined;
        yield* ready;
      }
      if (!this.#reader.complete && this.#reader.error === undefined) throw cutOff();
    } finally {
      this.#stream.on('error', () => {}).destroy();
    }
  }

  destroy(): void {
    this.#stream.on('error', () => {}).destroy();
  }

  /** Chunks of the next whole events, or undefined at the end. May be empty where only dropped events came. */
  async #next(): Promise<StreamChunk[] | undefined> {
    for (;;) {
      const read = await this.#read();
      const whole = read.done === true ? this.#framer.rest() : this.#framer.push(read.value);
      if (whole !== undefined) return this.#chunksOf(whole);
      if (read.done === true) return undefined;
    }
  }

  async #read(): Promise<IteratorResult<Buffer>> {
    try {
      return await this.#body.next();
    } catch (error) {
      throw toOutboundError(error, 'body');
    }
  }

  #chunksOf(bytes: Buffer): StreamChunk[] {
    const events = readEvents(bytes);
    const kept: SseEvent[] = [];
    const chunks: StreamChunk[] = [];
    for (const event of events) {
      const data = event.data === '' ? undefined : parseUpstreamObject(event.data);
      if (data === undefined) {
        if (event.data === '[DONE]') this.#reader.done();
      } else if (this.#reader.read(data, event.name) === 'drop') continue;
      kept.push(event);
      if (this.#inspect)
        chunks.push(data === undefined ? asIs(event) : inspectable(event, this.#reader.texts(data, event.name)));
    }
    if (this.#inspect) return chunks;
    if (kept.length === events.length) return [{ bytes }];
    return kept.length === 0 ? [] : [{ bytes: Buffer.from(kept.map((event) => event.raw).join('')) }];
  }
}

function asIs(event: SseEvent): StreamChunk {
  return { bytes: Buffer.from(event.raw) };
}

function inspectable(event: SseEvent, texts: ReturnType<StreamReader['texts']>): StreamChunk {
  return {
    bytes: Buffer.from(event.raw),
    parts: toParts(texts),
    rewritten(edits) {
      const data = editJson(Buffer.from(event.data), toJsonEdits(texts, edits)).toString('utf8');
      const name = event.name === undefined ? '' : `event: ${event.name}\n`;
      return Buffer.from(`${name}data: ${data}\n\n`);
    },
  };
}

function cutOff(): ReeveError {
  return new ReeveError('upstream_failed', 'the upstream broke off in the middle of its answer', {
    detail: { failure: 'body' },
  });
}
