import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ReeveError } from '../lib/index.ts';

export interface ConnectionLimits {
  readonly maxConnections: number;
  /** How long a client may take nothing of an answer that is waiting for it. */
  readonly stallTimeoutMs: number;
}

/** Connections above the limit that are still told so; further ones are closed unheard. */
const MAX_EXCESS = 1_000;
/** Requests that one connection may send before the first of them is answered. */
const MAX_PIPELINED = 32;
const SLOWEST_SWEEP_MS = 5_000;

interface Client {
  readonly excess: boolean;
  unanswered: number;
  /** The answer to the latest request, which is the only one that may still be arriving. */
  response: ServerResponse | undefined;
}

/** Who is connected: how many, what each still waits for, and who does not read. */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #clients = new Map<Socket, Client>();

  constructor(server: Server, limits: ConnectionLimits) {
    this.#limits = limits;
    server.maxConnections = limits.maxConnections + Math.min(limits.maxConnections, MAX_EXCESS);
    server.on('connection', (socket) => this.#opened(socket));
    const sweeper = setInterval(() => this.#sweep(), Math.min(SLOWEST_SWEEP_MS, limits.stallTimeoutMs / 4)).unref();
    server.once('close', () => clearInterval(sweeper));
  }

  /** Counts a request, and says why it is too many. */
  admit(request: IncomingMessage, response: ServerResponse): ReeveError | undefined {
    const client = this.#clients.get(request.socket);
    if (client === undefined) return undefined;
    client.response = response;
    client.unanswered += 1;
    response.once('close', () => {
      client.unanswered -= 1;
    });
    if (client.excess) return overloaded(response, `${this.#limits.maxConnections} connections are open`);
    if (client.unanswered > MAX_PIPELINED)
      return overloaded(response, `${MAX_PIPELINED} requests of this connection wait for an answer`);
    return undefined;
  }

  /** The answer to the request that came last on this connection. */
  latestResponse(socket: Socket): ServerResponse | undefined {
    return this.#clients.get(socket)?.response;
  }

  #opened(socket: Socket): void {
    // Asked for now, it is remembered: records name it even where the caller has left by then.
    void socket.remoteAddress;
    const excess = this.#clients.size >= this.#limits.maxConnections;
    this.#clients.set(socket, { excess, unanswered: 0, response: undefined });
    socket.once('close', () => this.#clients.delete(socket));
  }

  /** The socket's own timer sees whether anything is taken; it only must not run while we are the ones who are slow. */
  #sweep(): void {
    const { stallTimeoutMs } = this.#limits;
    for (const [socket, client] of this.#clients) {
      if (client.unanswered === 0) continue;
      if (socket.writableLength === 0) {
        if (socket.timeout === stallTimeoutMs) socket.setTimeout(0);
      } else if (socket.timeout !== stallTimeoutMs) socket.setTimeout(stallTimeoutMs);
    }
  }
}

function overloaded(response: ServerResponse, message: string): ReeveError {
  response.shouldKeepAlive = false;
  return new ReeveError('overloaded', message, { retryAfterSeconds: 1 });
}
