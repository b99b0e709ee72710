import { ReeveError } from '../../../lib/index.ts';
import type { JsonObject, RpcId } from '../wire/json-rpc.ts';
import { LEGACY_VERSIONS, MODERN_VERSION } from '../wire/protocol-versions.ts';
import { CallDeadline } from './call-deadline.ts';
import { modernCallHeaders } from './call-headers.ts';
import { HttpLink, type HttpLinkOptions } from './http-link.ts';
import { discard, exchangeFailure, type ReplyListener, readReply } from './http-reply.ts';
import {
  CONNECT_TIMEOUT_MS,
  MAX_PENDING_CALLS,
  type Upstream,
  type UpstreamCall,
  type UpstreamInfo,
  type UpstreamListener,
} from './upstream.ts';
import { discoveredInfo, initializedInfo } from './upstream-info.ts';
import {
  answerServerRequest,
  hopParams,
  initializeParams,
  modernEnvelope,
  notificationMessage,
  requestMessage,
  tookServerNotification,
} from './upstream-messages.ts';

export interface HttpUpstreamOptions extends HttpLinkOptions {
  readonly listener: UpstreamListener;
  /** What an earlier connection found out; saves the probe. */
  readonly knownEra: 'legacy' | 'modern' | undefined;
}

const GOODBYE_TIMEOUT_MS = 1_000;

/** Finds out the era and, where there is one, makes the session. */
export async function connectHttpUpstream(options: HttpUpstreamOptions): Promise<Upstream> {
  const upstream = new HttpUpstream(options);
  await upstream.connect(options.knownEra);
  return upstream;
}

class HttpUpstream implements Upstream {
  readonly #link: HttpLink;
  readonly #listener: UpstreamListener;
  #info: UpstreamInfo | undefined;
  #sessionId: string | undefined;
  #renewing: Promise<void> | undefined;
  #nextId = 1;
  #pending = 0;
  #closed = false;

  constructor(options: HttpUpstreamOptions) {
    this.#link = new HttpLink(options);
    this.#listener = options.listener;
  }

  get info(): UpstreamInfo {
    if (this.#info === undefined) throw new Error('not connected');
    return this.#info;
  }

  get alive(): boolean {
    return !this.#closed;
  }

  async connect(knownEra: HttpUpstreamOptions['knownEra']): Promise<void> {
    if (knownEra !== 'legacy') this.#info = await this.#discover();
    if (this.#info === undefined) await this.#initialize();
  }

  async call(call: UpstreamCall): Promise<JsonObject> {
    if (this.#pending >= MAX_PENDING_CALLS)
      throw new ReeveError('overloaded', 'too many calls of this tool server are pending', { retryAfterSeconds: 1 });
    this.#pending += 1;
    using deadline = new CallDeadline(call.signal, call.timeoutMs);
    try {
      return await this.#callOnce({ ...call, signal: deadline.signal }, true);
    } catch (thrown) {
      throw deadline.explain(exchangeFailure(thrown));
    } finally {
      this.#pending -= 1;
    }
  }

  async #callOnce(call: UpstreamCall, mayRenew: boolean): Promise<JsonObject> {
    const id = this.#nextId++;
    const session = this.#sessionId;
    const message = requestMessage(id, call.method, hopParams(call, id, this.info.era));
    const headers = this.info.era === 'legacy' ? this.#sessionHeaders() : modernCallHeaders(call);
    const response = await this.#link.post(message, call, headers);
    // A session the server forgot was never acted upon, so the same call may be sent once more.
    if (response.status === 404 && session !== undefined && mayRenew) {
      discard(response);
      await this.#renew(session);
      return this.#callOnce(call, false);
    }
    const cancel = () => this.#cancel(id);
    call.signal.addEventListener('abort', cancel, { once: true });
    try {
      return await readReply(response, this.#listenerOf(call));
    } finally {
      call.signal.removeEventListener('abort', cancel);
    }
  }

  #listenerOf(call: UpstreamCall): ReplyListener {
    return {
      notified: (notification) => {
        if (!tookServerNotification(notification, this.#listener)) call.onNotification?.(notification);
      },
      asked: ({ id, method, params }) =>
        void answerServerRequest(id, method, params, call).then((answer) => this.#tell(answer, call.signal)),
    };
  }

  async #discover(): Promise<UpstreamInfo | undefined> {
    const call = quietCall('server/discover', { _meta: modernEnvelope() });
    const message = requestMessage(this.#nextId++, call.method, call.params);
    const headers = { 'mcp-protocol-version': MODERN_VERSION, 'mcp-method': call.method };
    const response = await this.#link.post(message, call, headers);
    try {
      return discoveredInfo(await readReply(response, this.#listenerOf(call)));
    } catch (thrown) {
      if (thrown instanceof ReeveError && (response.status >= 500 || response.status === 401)) throw thrown;
      return undefined;
    }
  }

  async #initialize(): Promise<void> {
    const call = quietCall('initialize', initializeParams(LEGACY_VERSIONS[0]));
    const response = await this.#link.post(requestMessage(this.#nextId++, call.method, call.params), call, {});
    const sessionId = response.headers['mcp-session-id'];
    this.#info = initializedInfo(await readReply(response, this.#listenerOf(call)));
    this.#sessionId = typeof sessionId === 'string' ? sessionId : undefined;
    discard(await this.#link.post(notificationMessage('notifications/initialized'), call, this.#sessionHeaders()));
  }

  /** One caller renews; the others wait for it. */
  async #renew(stale: string): Promise<void> {
    if (this.#renewing === undefined && this.#sessionId !== stale) return;
    this.#renewing ??= this.#initialize().finally(() => {
      this.#renewing = undefined;
    });
    await this.#renewing;
  }

  #sessionHeaders(): Record<string, string> {
    return {
      'mcp-protocol-version': this.info.protocolVersion,
      ...(this.#sessionId === undefined ? {} : { 'mcp-session-id': this.#sessionId }),
    };
  }

  /** A legacy server does not take a closed connection as a cancellation. */
  #cancel(id: RpcId): void {
    if (this.info.era === 'modern' || this.#closed) return;
    const message = notificationMessage('notifications/cancelled', { requestId: id, reason: 'the caller went away' });
    void this.#tell(message, AbortSignal.timeout(CONNECT_TIMEOUT_MS));
  }

  async #tell(message: JsonObject, signal: AbortSignal): Promise<void> {
    try {
      discard(await this.#link.post(message, { signal, timeoutMs: CONNECT_TIMEOUT_MS }, this.#sessionHeaders()));
    } catch (thrown) {
      this.#listener.log(`could not be told: ${(thrown as Error).message}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    if (this.#sessionId === undefined) return;
    const patience = { signal: AbortSignal.timeout(GOODBYE_TIMEOUT_MS), timeoutMs: GOODBYE_TIMEOUT_MS };
    try {
      discard(await this.#link.delete(patience, this.#sessionHeaders()));
    } catch {
      // The server forgets the session by itself.
    }
  }
}

/** A call of our own, on behalf of nobody. */
function quietCall(method: string, params: JsonObject): UpstreamCall {
  return { method, params, signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS), timeoutMs: CONNECT_TIMEOUT_MS };
}
