import { createHash, randomBytes } from 'node:crypto';
import { ReeveError } from '../../../lib/index.ts';
import { isObject, type JsonObject, RPC, RpcError, type RpcId, type RpcResponse } from '../wire/json-rpc.ts';
import type { ClientStream } from './client-stream.ts';

const MAX_CALLS_PER_SESSION = 200;
const ASK_TIMEOUT_MS = 10 * 60_000;

/** Whose session it is, where, and what its client can do. */
export interface SessionBinding {
  readonly principal: string;
  readonly workspace: string;
  readonly agent: string;
  readonly endpoint: string;
  readonly capabilities: unknown;
}

/** A legacy client's session: bound to who opened it and to its endpoint. Holds nothing that an upstream knows. */
export class LegacySession {
  readonly id = randomBytes(24).toString('base64url');
  readonly principal: string;
  readonly workspace: string;
  readonly agent: string;
  /** Server name, or empty at the aggregate. */
  readonly endpoint: string;
  readonly #capabilities: JsonObject;
  readonly #calls = new Map<RpcId, AbortController>();
  readonly #asked = new Map<string, (response: RpcResponse) => void>();
  #listening: ClientStream | undefined;
  #nextAsk = 1;
  usedAtMs = 0;
  logLevel: string | undefined;

  constructor(bound: SessionBinding) {
    this.principal = bound.principal;
    this.workspace = bound.workspace;
    this.agent = bound.agent;
    this.endpoint = bound.endpoint;
    this.#capabilities = isObject(bound.capabilities) ? bound.capabilities : {};
  }

  /** Joins the calls of a session into a run where the client names none. */
  get runName(): string {
    return `mcp-${createHash('sha256').update(this.id).digest('hex').slice(0, 24)}`;
  }

  get canBeAsked(): boolean {
    return isObject(this.#capabilities.elicitation);
  }

  /** Whether its client shows people an address and opens it with their consent. */
  get canOpenUrls(): boolean {
    const { elicitation } = this.#capabilities;
    return isObject(elicitation) && isObject(elicitation.url);
  }

  /** A call that `notifications/cancelled` can end. */
  begin(id: RpcId): AbortController {
    if (this.#calls.size >= MAX_CALLS_PER_SESSION)
      throw new ReeveError('overloaded', 'too many calls in this session', { retryAfterSeconds: 1 });
    const controller = new AbortController();
    this.#calls.set(id, controller);
    return controller;
  }

  finish(id: RpcId): void {
    this.#calls.delete(id);
  }

  cancel(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number')
      this.#calls.get(id)?.abort(new Error('cancelled by the caller'));
  }

  /** Asks the client on the stream of one of its own calls. */
  async ask(stream: ClientStream, method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const id = `reeve-${this.#nextAsk++}`;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]);
    const { promise, resolve, reject } = Promise.withResolvers<RpcResponse>();
    const giveUp = () => reject(new RpcError(RPC.internalError, 'the caller did not answer'));
    this.#asked.set(id, resolve);
    limit.addEventListener('abort', giveUp, { once: true });
    try {
      if (!stream.tell({ jsonrpc: '2.0', id, method, params }))
        throw new RpcError(RPC.methodNotFound, 'the caller cannot be asked');
      const response = await promise;
      if ('error' in response) throw new RpcError(response.error.code, response.error.message);
      return response.result;
    } finally {
      this.#asked.delete(id);
      limit.removeEventListener('abort', giveUp);
    }
  }

  answered(response: RpcResponse): void {
    if (typeof response.id === 'string') this.#asked.get(response.id)?.(response);
  }

  /** One stream for what belongs to no call; a newer one takes the place of the older. */
  listen(stream: ClientStream): void {
    this.#listening?.end();
    this.#listening = stream;
    stream.open();
  }

  tell(message: object): void {
    this.#listening?.tell(message);
  }

  close(): void {
    this.#listening?.end();
    for (const call of this.#calls.values()) call.abort(new Error('the session ended'));
  }
}
