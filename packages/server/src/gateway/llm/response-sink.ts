import type { ServerResponse } from 'node:http';
import type { ApiShape, Outcome } from '@reeve/contracts';
import type { StreamSink } from '../action.ts';
import { toStreamError, toWireError, type WireError } from './wire-error.ts';

/** The last event of some APIs repeats the whole answer. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

/** The caller's end of a streamed reply. */
export class ResponseSink implements StreamSink {
  readonly #response: ServerResponse;
  readonly #shape: ApiShape;
  readonly #surface: string;
  readonly #id: string;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(response: ServerResponse, shape: ApiShape, surface: string, id: string) {
    this.#response = response;
    this.#shape = shape;
    this.#surface = surface;
    this.#id = id;
  }

  begin(status: number, headers: Readonly<Record<string, string>>): void {
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
  }

  write(bytes: Uint8Array): void | Promise<void> {
    const response = this.#response;
    if (response.destroyed) return;
    this.#release();
    if (!response.write(bytes)) return drained(response);
  }

  hold(bytes: Uint8Array): void | Promise<void> {
    if (this.#heldBytes + bytes.length > MAX_HELD_BYTES) return this.write(bytes);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  end(outcome: Outcome): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    if (!response.headersSent) this.#refuse(toWireError(this.#shape, outcome, this.#id));
    else if (outcome.kind === 'succeeded') {
      this.#release();
      response.end();
    } else response.end(toStreamError(this.#shape, this.#surface, outcome, this.#id));
  }

  #release(): void {
    for (const bytes of this.#held) this.#response.write(bytes);
    this.#held = [];
    this.#heldBytes = 0;
  }

  #refuse(error: WireError): void {
    this.#response.writeHead(error.status, {
      ...error.headers,
      'x-reeve-action': this.#id,
      'content-length': error.body.length,
    });
    this.#response.end(error.body);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
