import type { ServerResponse } from 'node:http';
import type { ApiShape, Outcome } from '@reeve/contracts';
import type { StreamSink } from '../action.ts';
import { toStreamError, toWireError, type WireError } from './wire-error.ts';

/** The caller's end of a streamed reply. */
export class ResponseSink implements StreamSink {
  readonly #response: ServerResponse;
  readonly #shape: ApiShape;
  readonly #surface: string;
  readonly #id: string;

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
    if (!response.write(bytes)) return drained(response);
  }

  end(outcome: Outcome): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    if (!response.headersSent) this.#refuse(toWireError(this.#shape, outcome, this.#id));
    else if (outcome.kind === 'succeeded') response.end();
    else response.end(toStreamError(this.#shape, this.#surface, outcome, this.#id));
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
