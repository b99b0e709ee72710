import { ReeveError } from '../../../lib/index.ts';
import {
  isObject,
  type JsonObject,
  parseUpstreamJson,
  type RpcId,
  type RpcMessage,
  type RpcResponse,
  readRpcMessage,
} from '../wire/json-rpc.ts';
import { LEGACY_VERSIONS } from '../wire/protocol-versions.ts';
import { CallDeadline } from './call-deadline.ts';
import { StdioChild, type StdioChildOptions } from './stdio-child.ts';
import {
  CONNECT_TIMEOUT_MS,
  MAX_PENDING_CALLS,
  type Upstream,
  type UpstreamCall,
  type UpstreamInfo,
  type UpstreamListener,
} from './upstream.ts';
import { discoveredInfo, initializedInfo, resultOf } from './upstream-info.ts';
import {
  answerServerRequest,
  hopParams,
  initializeParams,
  modernEnvelope,
  notificationMessage,
  requestMessage,
  tookServerNotification,
} from './upstream-messages.ts';

export interface StdioUpstreamOptions extends Pick<StdioChildOptions, 'argv' | 'cwd' | 'env'> {
  readonly listener: UpstreamListener;
  readonly knownEra: 'legacy' | 'modern' | undefined;
}

const PROBE_TIMEOUT_MS = 5_000;

/** Starts the child and finds out its era. A server that dies of the probe is started again without it. */
export async function connectStdioUpstream(options: StdioUpstreamOptions): Promise<Upstream> {
  const first = new StdioUpstream(options);
  try {
    if (await first.connect(options.knownEra)) return first;
  } catch (thrown) {
    await first[Symbol.asyncDispose]();
    throw thrown;
  }
  await first[Symbol.asyncDispose]();
  const second = new StdioUpstream(options);
  try {
    await second.connect('legacy');
    return second;
  } catch (thrown) {
    await second[Symbol.asyncDispose]();
    throw thrown;
  }
}

interface Pending {
  readonly call: UpstreamCall;
  readonly settle: (response: RpcResponse) => void;
  readonly fail: (error: ReeveError) => void;
}

class StdioUpstream implements Upstream {
  readonly #child: StdioChild;
  readonly #listener: UpstreamListener;
  readonly #pending = new Map<RpcId, Pending>();
  #info: UpstreamInfo | undefined;
  #nextId = 1;

  constructor(options: StdioUpstreamOptions) {
    this.#listener = options.listener;
    this.#child = new StdioChild({
      argv: options.argv,
      cwd: options.cwd,
      env: options.env,
      onLine: (line) => this.#receive(line),
      onLog: (line) => options.listener.log(line),
      onExit: (reason) => this.#ended(reason),
    });
  }

  get info(): UpstreamInfo {
    if (this.#info === undefined) throw new Error('not connected');
    return this.#info;
  }

  get alive(): boolean {
    return this.#child.alive;
  }

  /** False where the child did not survive the probe. */
  async connect(knownEra: 'legacy' | 'modern' | undefined): Promise<boolean> {
    if (knownEra !== 'legacy') this.#info = await this.#probe();
    if (this.#info !== undefined) return true;
    if (!this.#child.alive && knownEra !== 'legacy') return false;
    const params = initializeParams(LEGACY_VERSIONS[0]);
    this.#info = initializedInfo(await this.#exchange(quietCall('initialize', params, CONNECT_TIMEOUT_MS), params));
    this.#child.send(notificationMessage('notifications/initialized'));
    return true;
  }

  async call(call: UpstreamCall): Promise<JsonObject> {
    return this.#exchange(call, hopParams(call, this.#nextId, this.info.era));
  }

  async #probe(): Promise<UpstreamInfo | undefined> {
    const params = { _meta: modernEnvelope() };
    try {
      return discoveredInfo(await this.#exchange(quietCall('server/discover', params, PROBE_TIMEOUT_MS), params));
    } catch {
      return undefined;
    }
  }

  async #exchange(call: UpstreamCall, params: JsonObject): Promise<JsonObject> {
    const id = this.#nextId++;
    if (this.#pending.size >= MAX_PENDING_CALLS)
      throw new ReeveError('overloaded', 'too many calls of this tool server are pending', { retryAfterSeconds: 1 });
    using deadline = new CallDeadline(call.signal, call.timeoutMs);
    const { promise, resolve, reject } = Promise.withResolvers<RpcResponse>();
    const cancel = () => {
      if (call.method !== 'initialize')
        this.#child.send(
          notificationMessage('notifications/cancelled', { requestId: id, reason: 'the caller went away' }),
        );
      reject(deadline.signal.reason);
    };
    this.#pending.set(id, { call, settle: resolve, fail: reject });
    deadline.signal.addEventListener('abort', cancel, { once: true });
    try {
      deadline.signal.throwIfAborted();
      if (!this.#child.send(requestMessage(id, call.method, params)))
        throw new ReeveError('upstream_failed', 'the tool server does not take messages');
      return resultOf(await promise);
    } finally {
      this.#pending.delete(id);
    }
  }

  #receive(line: string): void {
    let message: RpcMessage;
    try {
      message = readRpcMessage(parseUpstreamJson(line));
    } catch {
      this.#listener.log(`not a message: ${line.slice(0, 200)}`);
      return;
    }
    if (message.kind === 'response') {
      if (message.response.id !== null) this.#pending.get(message.response.id)?.settle(message.response);
    } else if (message.kind === 'request') {
      const { id, method, params } = message;
      void answerServerRequest(id, method, params, this.#onlyCall()).then((answer) => this.#child.send(answer));
    } else if (!tookServerNotification(message, this.#listener)) {
      this.#callOf(message.params)?.onNotification?.(message);
    }
  }

  /** A request of the server names no call: only where one alone is under way is it clear whose caller it means. */
  #onlyCall(): UpstreamCall | undefined {
    if (this.#pending.size !== 1) return undefined;
    for (const pending of this.#pending.values()) return pending.call;
    return undefined;
  }

  #callOf(params: JsonObject): UpstreamCall | undefined {
    const token = params.progressToken;
    if (typeof token === 'number' || typeof token === 'string') return this.#pending.get(token)?.call;
    return isObject(params) ? this.#onlyCall() : undefined;
  }

  #ended(reason: string): void {
    const error = new ReeveError('upstream_failed', 'the tool server ended', { detail: reason });
    for (const pending of this.#pending.values()) pending.fail(error);
    this.#listener.log(`ended: ${reason}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}

function quietCall(method: string, params: JsonObject, timeoutMs: number): UpstreamCall {
  return { method, params, timeoutMs, signal: new AbortController().signal };
}
