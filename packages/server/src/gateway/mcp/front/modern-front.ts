import { type CallerExchange, passableCapabilities } from '../operation/exchange.ts';
import { isGovernedMethod } from '../operation/method-operation.ts';
import { paramHeaders } from '../operation/param-headers.ts';
import { isObject, type JsonObject, RPC, RpcError, type RpcMessage, type RpcRequest } from '../wire/json-rpc.ts';
import { LEGACY_VERSIONS, META, MODERN_VERSION, SERVER_INFO, TASKS } from '../wire/protocol-versions.ts';
import { type FrontParts, type Incoming, proposeTool, runMethod } from './front-parts.ts';
import { forCaller } from './legacy-front.ts';
import type { ListSubscriptions } from './list-subscriptions.ts';
import type { McpCaller } from './mcp-caller.ts';
import { answerModernTool, unwrapCall } from './modern-approval.ts';
import { compareParamHeaders, type ModernEnvelope, readEnvelope } from './modern-envelope.ts';
import { answerTaskMethod, isTaskMethod } from './modern-tasks.ts';
import { type Answer, answerOf } from './outcome-answer.ts';

/** Clients of 2026-07-28 on: no sessions, everything in each request. */
export interface ModernFront {
  readonly parts: FrontParts;
  readonly subscriptions: ListSubscriptions;
}

/** Clients may keep lists this long; a change of policy or catalogue reaches them by then. */
const LIST_TTL_MS = 30_000;

/** Answers one message; undefined where there is nothing to answer, or where its stream stays open. */
export async function answerModern(
  front: ModernFront,
  incoming: Incoming,
  caller: McpCaller,
  message: RpcMessage,
): Promise<Answer | undefined> {
  if (message.kind === 'response')
    throw new RpcError(RPC.invalidRequest, 'this protocol version has no requests to clients', { httpStatus: 400 });
  if (message.kind === 'notification') return undefined;
  const { headers } = incoming.request;
  const envelope = readEnvelope(headers, message.method, message.params);
  switch (message.method) {
    case 'server/discover':
      return cacheable(await discovered(front, incoming, caller));
    case 'tools/list':
      return cacheable({ tools: await incoming.endpoint.listTools(caller) });
    case 'subscriptions/listen':
      front.subscriptions.listen(incoming, caller, message);
      return undefined;
    default:
      return governed(front, incoming, caller, message, envelope);
  }
}

async function discovered({ parts }: ModernFront, { endpoint }: Incoming, caller: McpCaller): Promise<JsonObject> {
  const capabilities = await endpoint.capabilities(caller);
  const instructions = await endpoint.instructions(caller);
  return {
    supportedVersions: [MODERN_VERSION, ...LEGACY_VERSIONS],
    capabilities: parts.tasks === undefined ? capabilities : { ...capabilities, extensions: { [TASKS]: {} } },
    ...(instructions === undefined ? {} : { instructions }),
  };
}

async function governed(
  front: ModernFront,
  incoming: Incoming,
  caller: McpCaller,
  message: RpcRequest,
  envelope: ModernEnvelope,
): Promise<Answer> {
  const { method, params } = message;
  if (method === 'tools/call') {
    await checkParamHeaders(front, incoming, caller, params);
    const call = unwrapCall(front.parts.operations.seal, caller, params);
    const propose = proposeTool(front.parts, incoming, call.params, exchangeOf(incoming, call.params, envelope));
    return complete(await answerModernTool(front.parts, propose, { incoming, caller, envelope, call }));
  }
  if (isTaskMethod(method) && front.parts.tasks !== undefined)
    return complete(
      await answerTaskMethod(front.parts, front.parts.tasks, method, { incoming, caller, params, envelope }),
    );
  const exchange = exchangeOf(incoming, params, envelope);
  if (!isGovernedMethod(method))
    throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`, { httpStatus: 404 });
  const answer = answerOf(await runMethod(front.parts, incoming, method, params, exchange), { method, name: '' });
  const isListOrRead = method !== 'prompts/get' && method !== 'completion/complete';
  if (isListOrRead && 'result' in answer.body && !isQuestion(answer.body.result))
    return withCaching(complete(answer), answer.body.result);
  return complete(answer);
}

/** A tool whose schema puts arguments into headers is called only with both alike. */
async function checkParamHeaders(
  front: ModernFront,
  incoming: Incoming,
  caller: McpCaller,
  params: JsonObject,
): Promise<void> {
  if (typeof params.name !== 'string' || !isObject(params.arguments)) return;
  const { fleet, agent } = caller;
  const { mayListTool, catalogue } = front.parts.operations;
  const located = await incoming.endpoint.locate(fleet, params.name);
  if (located === undefined || !mayListTool(fleet.workspace, agent.name, `${located.server.name}.${located.tool}`))
    return;
  const tools = await Promise.resolve(catalogue.tools(fleet.workspace, located.server)).catch(() => undefined);
  const known = tools?.get(located.tool);
  if (known !== undefined)
    compareParamHeaders(incoming.request.headers, paramHeaders(known.definition.inputSchema, params.arguments));
}

function exchangeOf({ stream }: Incoming, params: JsonObject, envelope: ModernEnvelope): CallerExchange {
  return {
    notify: (told) => {
      if (told.method === 'notifications/message' && envelope.logLevel === undefined) return;
      const own = forCaller(told, envelope.progressToken, envelope.logLevel);
      if (own !== undefined) stream.tell({ jsonrpc: '2.0', ...own });
    },
    clientCapabilities: passableCapabilities(envelope.clientCapabilities),
    ...(envelope.logLevel === undefined ? {} : { logLevel: envelope.logLevel }),
    ...(isObject(params.inputResponses) ? { inputResponses: params.inputResponses } : {}),
    ...(typeof params.requestState === 'string' ? { requestState: params.requestState } : {}),
  };
}

/** Cached per caller only: what one agent may see is nothing for another. */
function cacheable(result: JsonObject): Answer {
  return withCaching(complete({ status: 200, headers: {}, body: { result } }), { ttlMs: LIST_TTL_MS });
}

function withCaching(answer: Answer, hints: JsonObject): Answer {
  if (!('result' in answer.body)) return answer;
  const ttlMs = typeof hints.ttlMs === 'number' && hints.ttlMs >= 0 ? Math.min(hints.ttlMs, LIST_TTL_MS) : 0;
  return { ...answer, body: { result: { ...answer.body.result, ttlMs, cacheScope: 'private' } } };
}

function complete(answer: Answer): Answer {
  if (!('result' in answer.body)) return answer;
  const { result } = answer.body;
  const meta = { ...(isObject(result._meta) ? result._meta : {}), [META.serverInfo]: SERVER_INFO, TASKS };
  return { ...answer, body: { result: { ...result, resultType: result.resultType ?? 'complete', _meta: meta } } };
}

function isQuestion(result: JsonObject): boolean {
  return result.resultType === 'input_required';
}
