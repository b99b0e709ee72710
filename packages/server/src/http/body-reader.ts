import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { ReeveError } from '../lib/index.ts';

/** So many bodies of the largest size may be held at once, by all requests together. */
const LARGE_BODIES = 32;
/** Smaller bodies are bounded by the number of connections, so that few who send much cannot shut out many who send little. */
const SMALL_BODY_BYTES = 64 * 1024;

type Done = (error: Error | null, body?: Buffer) => void;

/** Takes request bodies in, within a limit for each and one for all. */
export class BodyReader {
  readonly #maxBytes: number;
  readonly #responseTo: (request: IncomingMessage) => ServerResponse | undefined;
  #heldBytes = 0;

  constructor(maxBytes: number, responseTo: (request: IncomingMessage) => ServerResponse | undefined) {
    this.#maxBytes = maxBytes;
    this.#responseTo = responseTo;
  }

  read(request: FastifyRequest, payload: NodeJS.ReadableStream, done: Done): void {
    if (Number(request.headers['content-length']) > this.#maxBytes) {
      done(this.#tooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    let held = 0;
    const finish = (error: Error | null): void => {
      payload.off('data', take).off('end', end).off('error', fail);
      // What is still to come is discarded, so that a client that is sending gets to read the refusal.
      if (error !== null) payload.on('error', () => {}).resume();
      if (error === null) done(null, Buffer.concat(chunks, size));
      else done(error);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > this.#maxBytes) {
        finish(this.#tooLarge());
        return;
      }
      if (size > SMALL_BODY_BYTES) {
        // A body is held until its request is answered.
        if (held === 0) this.#responseTo(request.raw)?.once('close', () => this.#release(held));
        this.#heldBytes += size - held;
        held = size;
        if (this.#heldBytes > LARGE_BODIES * this.#maxBytes) {
          finish(overloaded());
          return;
        }
      }
      chunks.push(chunk);
    };
    const end = (): void => {
      // Who left before the request was whole gets nothing done: no handler would hear of it any more.
      if (this.#responseTo(request.raw)?.destroyed !== true) finish(null);
    };
    const fail = (): void => finish(new ReeveError('invalid_request', 'the body broke off'));
    payload.on('data', take).on('end', end).on('error', fail);
  }

  #release(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  #tooLarge(): ReeveError {
    return new ReeveError(
      'payload_too_large',
      `the body is larger than ${this.#maxBytes} bytes; send less, or start the server with a larger --max-body-bytes`,
    );
  }
}

function overloaded(): ReeveError {
  return new ReeveError('overloaded', 'too many large bodies are under way', { retryAfterSeconds: 1 });
}
