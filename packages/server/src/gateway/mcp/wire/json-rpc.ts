import { ReeveError } from '../../../lib/index.ts';

export type JsonObject = Readonly<Record<string, unknown>>;
export type RpcId = string | number;

export interface RpcRequest {
  readonly id: RpcId;
  readonly method: string;
  readonly params: JsonObject;
}

export interface RpcNotification {
  readonly method: string;
  readonly params: JsonObject;
}

export interface RpcErrorBody {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export type RpcResponse =
  | { readonly id: RpcId; readonly result: JsonObject }
  | { readonly id: RpcId | null; readonly error: RpcErrorBody };

export type RpcMessage =
  | ({ readonly kind: 'request' } & RpcRequest)
  | ({ readonly kind: 'notification' } & RpcNotification)
  | { readonly kind: 'response'; readonly response: RpcResponse };

/** Codes of JSON-RPC and MCP that cross our wire. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedProtocolVersion: -32022,
} as const;

const MAX_ID_LENGTH = 256;

/** An error that is answered as a JSON-RPC error, ours or one an upstream sent. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;
  readonly httpStatus: number;

  constructor(code: number, message: string, more: { data?: unknown; httpStatus?: number } = {}) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.data = more.data;
    this.httpStatus = more.httpStatus ?? 200;
  }

  body(): RpcErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.data === undefined ? {} : { data: this.data }),
    };
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One JSON-RPC message, or an RpcError that says what is wrong with it. Batches are refused. */
export function readRpcMessage(value: unknown): RpcMessage {
  if (Array.isArray(value)) throw malformed('batches are not supported: send one message per request');
  if (!isObject(value) || value.jsonrpc !== '2.0') throw malformed('not a JSON-RPC 2.0 message');
  if (typeof value.method === 'string') return readCall(value, value.method);
  if (!('result' in value) && !('error' in value)) throw malformed('a message has a method, a result or an error');
  const id = value.id;
  if (isObject(value.error))
    return { kind: 'response', response: { id: isRpcId(id) ? id : null, error: errorOf(value.error) } };
  if (!isRpcId(id)) throw malformed('a response needs the id of its request');
  return { kind: 'response', response: { id, result: isObject(value.result) ? value.result : {} } };
}

function readCall(value: JsonObject, method: string): RpcMessage {
  const params = value.params ?? {};
  if (!isObject(params)) throw malformed('params is an object');
  if (!('id' in value)) return { kind: 'notification', method, params };
  if (!isRpcId(value.id)) throw malformed('id is a string or a whole number');
  return { kind: 'request', id: value.id, method, params };
}

function isRpcId(value: unknown): value is RpcId {
  return typeof value === 'string' ? value.length <= MAX_ID_LENGTH : Number.isSafeInteger(value);
}

function errorOf(error: JsonObject): RpcErrorBody {
  return {
    code: Number.isSafeInteger(error.code) ? (error.code as number) : RPC.internalError,
    message: typeof error.message === 'string' ? error.message : 'error without a message',
    ...(error.data === undefined ? {} : { data: error.data }),
  };
}

function malformed(message: string): RpcError {
  return new RpcError(RPC.invalidRequest, message, { httpStatus: 400 });
}

/** An upstream's JSON, read with tolerance for its content but not for its shape. */
export function parseUpstreamJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ReeveError('upstream_failed', 'the tool server sent something that is not JSON', { cause });
  }
}
