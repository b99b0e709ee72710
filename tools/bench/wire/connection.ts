import { connect, type Socket } from 'node:net';
import { HttpReader } from './http-reader.ts';

/** One keep-alive connection with at most one call at a time. */
export class Connection {
  readonly #socket: Socket;
  #answered: ((failure: string | undefined) => void) | undefined;
  #expect = '';
  #lost: string | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    const reader = new HttpReader((head, body) => this.#finish(failureOf(head, body, this.#expect)));
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('error', (error) => this.#drop(error.message));
    socket.on('close', () => this.#drop('the connection was closed'));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket)));
    });
  }

  /** Answers what was wrong with the reply, or nothing. */
  call(request: Buffer, expect: string, answered: (failure: string | undefined) => void): void {
    if (this.#lost !== undefined) {
      answered(this.#lost);
      return;
    }
    this.#expect = expect;
    this.#answered = answered;
    this.#socket.write(request);
  }

  close(): void {
    this.#answered = undefined;
    this.#socket.destroy();
  }

  #drop(why: string): void {
    this.#lost ??= why;
    this.#finish(why);
  }

  #finish(failure: string | undefined): void {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(failure);
  }
}

const SHOWN_OF_A_REFUSAL = 300;

function failureOf(head: string, body: Buffer, expect: string): string | undefined {
  if (head.startsWith('HTTP/1.1 200') && body.includes(expect)) return undefined;
  return `${head.slice(0, head.indexOf('\r\n'))}: ${body.toString('utf8', 0, SHOWN_OF_A_REFUSAL)}`;
}
