import { type OutboundClient, type OutboundResponse, ReeveError } from '../../../lib/index.ts';
import {
  isObject,
  type JsonObject,
  parseUpstreamJson,
  RpcError,
  type RpcId,
  readRpcMessage,
} from '../wire/json-rpc.ts';
import {
  isLegacyVersion,
  LEGACY_VERSIONS,
  MODERN_VERSION,
  OLDEST_UPSTREAM_VERSION,
} from '../wire/protocol-versions.ts';
import { readSseData, readText } from '../wire/sse.ts';
import { CallDeadline } from './call-deadline.ts';
import {
  CONNECT_TIMEOUT_MS,
  MAX_PENDING_CALLS,
  type Upstream,
  type UpstreamCall,
  type UpstreamInfo,
  type UpstreamListener,
} from './upstream.ts';
import {
  answerServerRequest,
  hopParams,
  initializeParams,
  modernEnvelope,
  notificationMessage,
  requestMessage,
  tookServerNotification,
} from './upstream-messages.ts';

export interface HttpUpstreamOptions {
  readonly url: URL;
  /** Static headers and the injected credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly outbound: OutboundClient;
  readonly listener: UpstreamListener;
  /** What an earlier connection found out; saves the probe. */
  readonly knownEra: 'legacy' | 'modern' | undefined;
}

const NAMED_METHODS: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

/** Finds out the era and, where there is one, makes the session. */
export async function connectHttpUpstream(options: HttpUpstreamOptions): Promise<Upstream> {
  const upstream = new HttpUpstream(options);
  await upstream.connect();
  return upstream;
}

class HttpUpstream implements Upstream {
  readonly #options: HttpUpstreamOptions;
  #info: UpstreamInfo | undefined;
  #sessionId: string | undefined;
  #session: Promise<void> | undefined;
  #nextId = 1;
  #pending = 0;
  #closed = false;

  constructor(options: HttpUpstreamOptions) {
    this.#options = options;
  }

  get info(): UpstreamInfo {
    if (this.#info === undefined) throw new Error('not connected');
    return this.#info;
  }

  get alive(): boolean {
    return !this.#closed;
  }

  async connect(): Promise<void> {
    if (this.#options.knownEra !== 'legacy') this.#info = await this.#discover();
    if (this.#info === undefined) await this.#initialize();
  }

  async call(call: UpstreamCall): Promise<JsonObject> {
    if (this.#pending >= MAX_PENDING_CALLS)
      throw new ReeveError('overloaded', 'too many calls of this tool server are pending', { retryAfterSeconds: 1 });
    this.#pending += 1;
    using deadline = new CallDeadline(call.signal, call.timeoutMs);
    try {
      return await this.#callOnce(call, deadline.signal, true);
    } catch (thrown) {
      throw deadline.explain(failure(thrown));
    } finally {
      this.#pending -= 1;
    }
  }

  async #callOnce(call: UpstreamCall, signal: AbortSignal, mayRenew: boolean): Promise<JsonObject> {
    const id = this.#nextId++;
    const session = this.#sessionId;
    const message = requestMessage(id, call.method, hopParams(call, id, this.info.era));
    const response = await this.#post(message, signal, call.timeoutMs, this.#callHeaders(call));
    // A session the server forgot was never acted upon, so the same call may be sent once more.
    if (response.status === 404 && session !== undefined && mayRenew) {
      discard(response);
      await this.#renew(session);
      return this.#callOnce(call, signal, false);
    }
    const cancel = () => this.#cancel(id);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#reply(response, id, call, signal);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async #reply(response: OutboundResponse, id: RpcId, call: UpstreamCall, signal: AbortSignal): Promise<JsonObject> {
    if (!contentType(response).startsWith('text/event-stream')) return this.#jsonReply(response, id);
    for await (const data of readSseData(response.body)) {
      if (data === '') continue;
      const message = readRpcMessage(parseUpstreamJson(data));
      if (message.kind === 'response') {
        discard(response);
        return resultOf(message.response);
      }
      if (message.kind === 'notification') {
        if (!tookServerNotification(message, this.#options.listener)) call.onNotification?.(message);
      } else {
        void answerServerRequest(message.id, message.method, message.params, call).then((answer) =>
          this.#tell(answer, signal),
        );
      }
    }
    throw new ReeveError('upstream_failed', 'the tool server closed the stream before it answered');
  }

  async #jsonReply(response: OutboundResponse, _id: RpcId): Promise<JsonObject> {
    const text = await readText(response.body);
    if (response.status >= 300 && !text.trimStart().startsWith('{')) throw httpFailure(response.status);
    let message: ReturnType<typeof readRpcMessage>;
    try {
      message = readRpcMessage(parseUpstreamJson(text));
    } catch (thrown) {
      if (response.status >= 300) throw httpFailure(response.status);
      throw thrown;
    }
    if (message.kind !== 'response') throw httpFailure(response.status);
    return resultOf(message.response);
  }

  async #discover(): Promise<UpstreamInfo | undefined> {
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    const message = requestMessage(this.#nextId++, 'server/discover', { _meta: modernEnvelope() });
    const headers = { 'mcp-protocol-version': MODERN_VERSION, 'mcp-method': 'server/discover' };
    const response = await this.#post(message, signal, CONNECT_TIMEOUT_MS, headers);
    let result: JsonObject;
    try {
      result = await this.#reply(
        response,
        0,
        { method: 'server/discover', params: {}, signal, timeoutMs: CONNECT_TIMEOUT_MS },
        signal,
      );
    } catch (thrown) {
      if (thrown instanceof ReeveError && (response.status >= 500 || response.status === 401)) throw thrown;
      return undefined;
    }
    return discoveredInfo(result);
  }

  async #initialize(): Promise<void> {
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    const id = this.#nextId++;
    const response = await this.#post(
      requestMessage(id, 'initialize', initializeParams(LEGACY_VERSIONS[0])),
      signal,
      CONNECT_TIMEOUT_MS,
      {},
    );
    const sessionId = response.headers['mcp-session-id'];
    const result = await this.#reply(
      response,
      id,
      { method: 'initialize', params: {}, signal, timeoutMs: CONNECT_TIMEOUT_MS },
      signal,
    );
    this.#info = initializedInfo(result);
    this.#sessionId = typeof sessionId === 'string' ? sessionId : undefined;
    const initialized = await this.#post(
      notificationMessage('notifications/initialized'),
      signal,
      CONNECT_TIMEOUT_MS,
      this.#sessionHeaders(),
    );
    discard(initialized);
  }

  /** One caller renews; the others wait for it. */
  async #renew(stale: string): Promise<void> {
    if (this.#session === undefined && this.#sessionId !== stale) return;
    this.#session ??= this.#initialize().finally(() => {
      this.#session = undefined;
    });
    await this.#session;
  }

  #callHeaders(call: UpstreamCall): Record<string, string> {
    if (this.info.era === 'legacy') return this.#sessionHeaders();
    const headers: Record<string, string> = {
      'mcp-protocol-version': MODERN_VERSION,
      'mcp-method': call.method,
      ...call.paramHeaders,
    };
    const named = NAMED_METHODS[call.method];
    const name = named === undefined ? undefined : call.params[named];
    if (typeof name === 'string') headers['mcp-name'] = headerValue(name);
    return headers;
  }

  #sessionHeaders(): Record<string, string> {
    return {
      'mcp-protocol-version': this.info.protocolVersion,
      ...(this.#sessionId === undefined ? {} : { 'mcp-session-id': this.#sessionId }),
    };
  }

  #post(
    message: JsonObject,
    signal: AbortSignal,
    timeoutMs: number,
    headers: Record<string, string>,
  ): Promise<OutboundResponse> {
    return this.#options.outbound.send({
      url: this.#options.url,
      method: 'POST',
      headers: {
        ...this.#options.headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(message),
      address: 'operator',
      signal,
      headTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs,
    });
  }

  /** A legacy server does not take a closed connection as a cancellation. */
  #cancel(id: RpcId): void {
    if (this.info.era === 'modern' || this.#closed) return;
    const message = notificationMessage('notifications/cancelled', { requestId: id, reason: 'the caller went away' });
    void this.#tell(message, AbortSignal.timeout(CONNECT_TIMEOUT_MS));
  }

  async #tell(message: JsonObject, signal: AbortSignal): Promise<void> {
    try {
      const response = await this.#post(message, signal, CONNECT_TIMEOUT_MS, this.#sessionHeaders());
      discard(response);
    } catch (thrown) {
      this.#options.listener.log(`could not be told: ${(thrown as Error).message}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    if (this.#sessionId === undefined) return;
    try {
      const response = await this.#options.outbound.send({
        url: this.#options.url,
        method: 'DELETE',
        headers: { ...this.#options.headers, ...this.#sessionHeaders() },
        address: 'operator',
        signal: AbortSignal.timeout(1_000),
        headTimeoutMs: 1_000,
        idleTimeoutMs: 1_000,
      });
      discard(response);
    } catch {
      // The server forgets the session by itself.
    }
  }
}

export function discoveredInfo(result: JsonObject): UpstreamInfo | undefined {
  const versions = Array.isArray(result.supportedVersions) ? result.supportedVersions : [];
  if (!versions.includes(MODERN_VERSION)) return undefined;
  return info('modern', MODERN_VERSION, result);
}

export function initializedInfo(result: JsonObject): UpstreamInfo {
  const version = typeof result.protocolVersion === 'string' ? result.protocolVersion : '';
  if (!isLegacyVersion(version) && version !== OLDEST_UPSTREAM_VERSION)
    throw new ReeveError(
      'upstream_failed',
      `the tool server speaks protocol version ${JSON.stringify(version)}, which is not supported`,
    );
  return info('legacy', version, result);
}

function info(era: 'legacy' | 'modern', protocolVersion: string, result: JsonObject): UpstreamInfo {
  return {
    era,
    protocolVersion,
    capabilities: isObject(result.capabilities) ? result.capabilities : {},
    instructions: typeof result.instructions === 'string' ? result.instructions : undefined,
  };
}

export function resultOf(
  response: { result: JsonObject } | { error: { code: number; message: string; data?: unknown } },
): JsonObject {
  if ('result' in response) return response.result;
  throw new RpcError(response.error.code, response.error.message, { data: response.error.data });
}

/** An abandoned body ends with an error that nobody waits for. */
function discard(response: OutboundResponse): void {
  response.body.on('error', () => {});
  if (contentType(response).startsWith('text/event-stream')) response.body.destroy();
  else response.body.resume();
}

function contentType(response: OutboundResponse): string {
  const value = response.headers['content-type'];
  return typeof value === 'string' ? value : '';
}

/** A header value that may hold any text, as the specification encodes it. */
export function headerValue(text: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith('=?base64?')) return text;
  return `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}

function httpFailure(status: number): ReeveError {
  return new ReeveError('upstream_failed', `the tool server answered HTTP ${status}`);
}

function failure(thrown: unknown): unknown {
  if (thrown instanceof RpcError && thrown.httpStatus !== 200)
    return new ReeveError('upstream_failed', 'the tool server sent something that is not JSON-RPC', { cause: thrown });
  if (thrown instanceof ReeveError || thrown instanceof RpcError) return thrown;
  return new ReeveError('upstream_failed', 'the tool server could not be reached or broke off', { cause: thrown });
}
