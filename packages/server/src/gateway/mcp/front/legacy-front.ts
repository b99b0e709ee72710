import type { CallerExchange } from '../operation/exchange.ts';
import { isGovernedMethod } from '../operation/method-operation.ts';
import {
  isObject,
  type JsonObject,
  RPC,
  RpcError,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
} from '../wire/json-rpc.ts';
import { isLegacyVersion, LEGACY_VERSIONS, SERVER_INFO } from '../wire/protocol-versions.ts';
import { type FrontParts, type Incoming, proposeTool, runMethod } from './front-parts.ts';
import { runLegacyTool } from './legacy-approval.ts';
import type { LegacySession } from './legacy-session.ts';
import type { LegacySessions } from './legacy-sessions.ts';
import { type McpCaller, principalOf } from './mcp-caller.ts';
import { type Answer, answerOf } from './outcome-answer.ts';

/** Clients up to 2025-11-25: `initialize`, optional sessions, `ping`, `logging/setLevel`. */
export interface LegacyFront {
  readonly parts: FrontParts;
  readonly sessions: LegacySessions;
}

interface LegacyRequest {
  readonly front: LegacyFront;
  readonly incoming: Incoming;
  readonly caller: McpCaller;
  readonly session: LegacySession | undefined;
}

const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

/** Answers one message; undefined where there is nothing to answer. */
export async function answerLegacy(
  front: LegacyFront,
  incoming: Incoming,
  caller: McpCaller,
  message: RpcMessage,
): Promise<Answer | undefined> {
  if (message.kind === 'request' && message.method === 'initialize')
    return initialize(front, incoming, caller, message.params);
  checkVersion(incoming);
  const session = sessionOf(front, incoming, caller);
  if (message.kind === 'response') {
    session?.answered(message.response);
    return undefined;
  }
  if (message.kind === 'notification') {
    if (message.method === 'notifications/cancelled') session?.cancel(message.params.requestId);
    return undefined;
  }
  return answerRequest({ front, incoming, caller, session }, message);
}

export function sessionOf(
  front: LegacyFront,
  incoming: Pick<Incoming, 'request' | 'endpoint'>,
  caller: McpCaller,
): LegacySession | undefined {
  const id = incoming.request.headers['mcp-session-id'];
  if (typeof id !== 'string') return undefined;
  return front.sessions.get(id, principalOf(caller), incoming.endpoint.server ?? '');
}

async function initialize(
  front: LegacyFront,
  { endpoint }: Incoming,
  caller: McpCaller,
  params: JsonObject,
): Promise<Answer> {
  const asked = params.protocolVersion;
  const protocolVersion = typeof asked === 'string' && isLegacyVersion(asked) ? asked : LEGACY_VERSIONS[0];
  const capabilities = await endpoint.capabilities(caller);
  const instructions = await endpoint.instructions(caller);
  const session = front.sessions.open({
    principal: principalOf(caller),
    workspace: caller.fleet.workspace,
    agent: caller.agent.name,
    endpoint: endpoint.server ?? '',
    capabilities: params.capabilities,
  });
  const result = {
    protocolVersion,
    capabilities,
    serverInfo: SERVER_INFO,
    ...(instructions === undefined ? {} : { instructions }),
  };
  return { status: 200, headers: { 'mcp-session-id': session.id }, body: { result } };
}

async function answerRequest(request: LegacyRequest, message: RpcRequest): Promise<Answer> {
  const { incoming, caller, session } = request;
  const { method, params } = message;
  if (method === 'ping') return plain({});
  if (method === 'tools/list') return plain({ tools: await incoming.endpoint.listTools(caller) });
  if (method === 'logging/setLevel') {
    if (typeof params.level !== 'string' || !LOG_LEVELS.includes(params.level))
      throw new RpcError(RPC.invalidParams, `level is one of ${LOG_LEVELS.join(', ')}`);
    if (session !== undefined) session.logLevel = params.level;
    return plain({});
  }
  if (method !== 'tools/call' && !isGovernedMethod(method))
    throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`, { httpStatus: 200 });
  return governed(request, message, method);
}

async function governed(
  request: LegacyRequest,
  message: RpcRequest,
  method: Parameters<typeof runMethod>[2] | 'tools/call',
): Promise<Answer> {
  const { front, session } = request;
  const cancelled = session?.begin(message.id);
  try {
    const incoming = namedRun(request);
    const caller = exchangeOf(request, message.params, cancelled?.signal ?? incoming.stream.gone);
    const gone =
      cancelled === undefined ? incoming.stream.gone : AbortSignal.any([incoming.stream.gone, cancelled.signal]);
    const bound = { ...incoming, gone };
    const completed =
      method === 'tools/call'
        ? await runLegacyTool(front.parts, proposeTool(front.parts, bound, message.params, caller), {
            incoming: bound,
            session,
            params: message.params,
          })
        : await runMethod(front.parts, bound, method, message.params, caller);
    return answerOf(completed, { method, name: String(message.params.name ?? '') });
  } finally {
    session?.finish(message.id);
  }
}

/** Calls of one session are one run, unless the client named another or they turn out to belong to one. */
function namedRun({ incoming, session }: LegacyRequest): Incoming {
  if (session === undefined) return incoming;
  const { attribution } = incoming;
  return {
    ...incoming,
    attribution: {
      ...attribution,
      mcpSession: session.runName,
      session: attribution.session ?? session.runName,
    },
  };
}

function exchangeOf({ incoming, session }: LegacyRequest, params: JsonObject, signal: AbortSignal): CallerExchange {
  const { stream } = incoming;
  if (!stream.mayStream) return {};
  const token = isObject(params._meta) ? params._meta.progressToken : undefined;
  return {
    notify: (told) => {
      const own = forCaller(told, token, session?.logLevel);
      if (own !== undefined) stream.tell({ jsonrpc: '2.0', ...own });
    },
    ...(session?.canBeAsked === true
      ? { ask: (method: string, asked: JsonObject) => session.ask(stream, method, asked, signal) }
      : {}),
  };
}

/** A notification of the upstream hop in the caller's terms; undefined where the caller did not ask for it. */
export function forCaller(
  told: RpcNotification,
  token: unknown,
  logLevel: string | undefined,
): RpcNotification | undefined {
  if (told.method === 'notifications/progress') {
    if (typeof token !== 'string' && typeof token !== 'number') return undefined;
    return { method: told.method, params: { ...told.params, progressToken: token } };
  }
  if (told.method !== 'notifications/message') return undefined;
  if (logLevel !== undefined && LOG_LEVELS.indexOf(String(told.params.level)) < LOG_LEVELS.indexOf(logLevel))
    return undefined;
  return { method: told.method, params: told.params };
}

function checkVersion(incoming: Incoming): void {
  const version = incoming.request.headers['mcp-protocol-version'];
  if (version === undefined || (typeof version === 'string' && isLegacyVersion(version))) return;
  throw new RpcError(
    RPC.invalidRequest,
    `unsupported MCP-Protocol-Version; supported are ${LEGACY_VERSIONS.join(', ')}`,
    { httpStatus: 400 },
  );
}

function plain(result: JsonObject): Answer {
  return { status: 200, headers: {}, body: { result } };
}
