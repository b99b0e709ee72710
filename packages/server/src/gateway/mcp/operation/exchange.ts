import type { AnswerRequest } from '../upstream/upstream.ts';
import { isObject, type JsonObject, RPC, RpcError, type RpcNotification } from '../wire/json-rpc.ts';

/** How an operation reaches its caller while it runs. A caller that is not an MCP client has none of it. */
export interface CallerExchange {
  /** Progress and log messages on the request's own stream. */
  readonly notify?: (notification: RpcNotification) => void;
  /** Asks the person at the caller's end. Only legacy sessions have it; modern clients are answered `input_required`. */
  readonly ask?: AnswerRequest;
  /** What a modern caller can do, as far as we let upstreams use it. */
  readonly clientCapabilities?: JsonObject;
  readonly logLevel?: string;
  /** A modern caller's answers to an earlier `input_required`, and the state we sealed into it. */
  readonly inputResponses?: JsonObject;
  readonly requestState?: string;
  /** `traceparent` and `tracestate` of the caller. */
  readonly trace?: JsonObject;
}

/** What of a client's abilities upstreams may use. Sampling is a model call and has its own front; roots name a caller's disk. */
export function passableCapabilities(declared: unknown): JsonObject {
  if (!isObject(declared) || !isObject(declared.elicitation)) return {};
  return { elicitation: declared.elicitation };
}

/** Answers an upstream's request in the middle of a call, in the name of its server. */
export function answerFor(server: string, ask: AnswerRequest | undefined): AnswerRequest {
  return async (method, params) => {
    if (method !== 'elicitation/create')
      throw new RpcError(RPC.methodNotFound, `${method} is not offered by this client`);
    if (ask === undefined) return { action: 'cancel' };
    return ask(method, labelled(server, params));
  };
}

/** People must see who asks. */
export function labelled(server: string, params: JsonObject): JsonObject {
  const message = typeof params.message === 'string' ? params.message : '';
  return { ...params, message: `[${server}] ${message}` };
}

/** The part of a caller's `_meta` that goes on to upstreams. Everything else may name the caller or carry what no check has seen. */
export function traceOf(meta: unknown): JsonObject {
  if (!isObject(meta)) return {};
  const trace: Record<string, string> = {};
  for (const key of ['traceparent', 'tracestate']) {
    const value = meta[key];
    if (typeof value === 'string' && value.length <= MAX_TRACE_LENGTH) trace[key] = value;
  }
  return trace;
}

const MAX_TRACE_LENGTH = 512;
