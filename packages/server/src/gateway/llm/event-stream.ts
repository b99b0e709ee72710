import type { Readable } from 'node:stream';
import { ReeveError, toOutboundError } from '../../lib/index.ts';
import type { StreamChunk } from '../action.ts';
import { editJson } from './json-edit.ts';
import { type JsonObject, parseUpstreamObject } from './json-object.ts';
import { readEvents, type SseEvent } from './sse-event.ts';
import { SseFramer } from './sse-framer.ts';
import type { StreamReader } from './surface.ts';
import { toJsonEdits, toParts } from './text-parts.ts';

const END_GRACE_MS = 1_000;
const FIELDS: ReadonlySet<string> = new Set(['data', 'event', 'id', 'retry']);

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
      const next = this.#body.next();
      return this.#reader.complete ? await endOf(next) : await next;
    } catch (error) {
      throw toOutboundError(error, 'body');
    }
  }

  #chunksOf(bytes: Buffer): StreamChunk[] {
    const events = readEvents(bytes);
    const kept: SseEvent[] = [];
    const ending: SseEvent[] = [];
    const chunks: StreamChunk[] = [];
    for (const event of events) {
      const data = event.data === '' ? undefined : parseUpstreamObject(event.data);
      if (this.#inspect && isUnreadable(event, data)) throw unreadable();
      if (data === undefined) {
        if (event.data === '[DONE]') this.#reader.done();
      } else if (this.#reader.read(data, event.name) === 'drop') continue;
      const last = this.#reader.complete;
      if (this.#inspect) {
        const texts = data === undefined ? undefined : this.#reader.texts(data, event.name);
        chunks.push(texts === undefined ? asIs(event, last) : inspectable(event, texts, last));
      } else if (last) ending.push(event);
      else kept.push(...ending.splice(0), event);
    }
    if (this.#inspect) return chunks;
    if (kept.length === events.length) return [{ bytes }];
    return [...joined(kept, false), ...joined(ending, true)];
  }
}

function joined(events: readonly SseEvent[], last: boolean): StreamChunk[] {
  return events.length === 0 ? [] : [{ bytes: Buffer.from(events.map((event) => event.raw).join('')), last }];
}

function asIs(event: SseEvent, last: boolean): StreamChunk {
  return { bytes: Buffer.from(event.raw), last };
}

function inspectable(event: SseEvent, texts: ReturnType<StreamReader['texts']>, last: boolean): StreamChunk {
  return {
    bytes: Buffer.from(event.raw),
    last,
    parts: toParts(texts),
    rewritten(edits) {
      const data = editJson(Buffer.from(event.data), toJsonEdits(texts, edits), 'last').toString('utf8');
      const name = event.name === undefined ? '' : `event: ${event.name}\n`;
      return Buffer.from(`${name}data: ${data}\n\n`);
    },
  };
}

/** INVARIANT: where text must be read, nothing goes on that a client may read otherwise than we did. */
function isUnreadable({ raw, data: text }: SseEvent, data: JsonObject | undefined): boolean {
  if (data === undefined && text !== '' && text !== '[DONE]') return true;
  return !raw.split('\n').every(isPlainLine);
}

/** A comment, or a field that every client knows; ended as every client ends it: no lone CR, no byte order mark. */
function isPlainLine(ended: string): boolean {
  const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
  if (line.includes('\r')) return false;
  return line === '' || line.startsWith(':') || FIELDS.has(line.split(':', 1)[0] ?? '');
}

function unreadable(): ReeveError {
  return new ReeveError('upstream_failed', 'the upstream sent an event that cannot be inspected', {
    detail: { failure: 'body' },
  });
}

/** What still comes after the end marker: callers wait for it, so an upstream that does not hang up is not waited for long. */
async function endOf(next: Promise<IteratorResult<Buffer>>): Promise<IteratorResult<Buffer>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<IteratorResult<Buffer>>((resolve) => {
    timer = setTimeout(resolve, END_GRACE_MS, { done: true, value: undefined });
  });
  try {
    return await Promise.race([next, late]);
  } finally {
    clearTimeout(timer);
    next.catch(() => {});
  }
}

function cutOff(): ReeveError {
  return new ReeveError('upstream_failed', 'the upstream broke off in the middle of its answer', {
    detail: { failure: 'body' },
  });
}
