import type { JsonObject, RpcNotification } from '../wire/json-rpc.ts';

/** What an upstream asks its client in the middle of a call. Rejects with RpcError where the caller cannot answer. */
export type AnswerRequest = (method: string, params: JsonObject) => Promise<JsonObject>;

export interface UpstreamCall {
  readonly method: string;
  readonly params: JsonObject;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Progress and log messages that belong to this call. */
  readonly onNotification?: (notification: RpcNotification) => void;
  readonly onRequest?: AnswerRequest;
  /** Modern upstreams only: what the caller at the other end can do, and the log level it wants. */
  readonly clientCapabilities?: JsonObject;
  readonly logLevel?: string;
  /** Modern upstreams over HTTP: `Mcp-Param-*` values by header name. */
  readonly paramHeaders?: Readonly<Record<string, string>>;
}

export interface UpstreamInfo {
  readonly era: 'legacy' | 'modern';
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

/** A connection to one tool server, its era already found out. */
export interface Upstream extends AsyncDisposable {
  readonly info: UpstreamInfo;
  /** False once it is broken and another must be made. */
  readonly alive: boolean;
  /** Resolves with the result; rejects with RpcError for the upstream's own error, ReeveError for everything else. */
  call(call: UpstreamCall): Promise<JsonObject>;
}

/** What the pool tells of a server besides replies. */
export interface UpstreamListener {
  listChanged(kind: 'tools' | 'resources' | 'prompts'): void;
  log(line: string): void;
}

export const MAX_PENDING_CALLS = 1_000;
export const CONNECT_TIMEOUT_MS = 15_000;
