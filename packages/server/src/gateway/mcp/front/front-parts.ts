import type { ActionId, Attribution } from '@reeve/contracts';
import type { FastifyRequest } from 'fastify';
import type { PresentedCredential } from '../../../access/index.ts';
import { newId } from '../../../lib/index.ts';
import type { CompletedAction, Operation } from '../../action.ts';
import { attributionFromHeaders } from '../../attribution.ts';
import type { Pipeline } from '../../pipeline-port.ts';
import { callTool } from '../operation/call-tool.ts';
import { type CallerExchange, traceOf } from '../operation/exchange.ts';
import { type GovernedMethod, MethodOperation } from '../operation/method-operation.ts';
import type { LocateTool, OperationParts } from '../operation/operation-parts.ts';
import { isObject, type JsonObject, RPC, RpcError } from '../wire/json-rpc.ts';
import type { ClientStream } from './client-stream.ts';
import type { EdgeRules } from './edge-check.ts';
import type { Endpoint } from './endpoint.ts';
import type { McpCallers } from './mcp-caller.ts';

/** What both fronts work with. */
export interface FrontParts {
  readonly pipeline: Pipeline;
  readonly operations: OperationParts;
  readonly callers: McpCallers;
  readonly edge: EdgeRules;
  readonly now: () => number;
}

/** One POST, whatever its era. */
export interface Incoming {
  readonly request: FastifyRequest;
  readonly endpoint: Endpoint;
  readonly stream: ClientStream;
  readonly presented: PresentedCredential;
  readonly attribution: Attribution;
  /** Aborts when the caller goes away or cancels. */
  readonly gone: AbortSignal;
}

/** Runs a `tools/call` through the pipeline. */
export function runTool(
  parts: FrontParts,
  incoming: Incoming,
  params: JsonObject,
  caller: CallerExchange,
): Promise<CompletedAction> {
  const { name } = params;
  if (typeof name !== 'string') throw new RpcError(RPC.invalidParams, 'params.name is the name of a tool');
  const args = params.arguments ?? {};
  if (!isObject(args)) throw new RpcError(RPC.invalidParams, 'params.arguments is an object');
  const locate: LocateTool = (fleet) => incoming.endpoint.locate(fleet, name);
  const operation = callTool(parts.operations, locate, args, { ...caller, trace: traceOf(params._meta) });
  return run(parts, incoming, operation, params);
}

/** Runs any other method of an upstream through the pipeline. */
export function runMethod(
  parts: FrontParts,
  incoming: Incoming,
  method: GovernedMethod,
  params: JsonObject,
  caller: CallerExchange,
): Promise<CompletedAction> {
  const { server } = incoming.endpoint;
  if (server === undefined)
    throw new RpcError(RPC.methodNotFound, `${method} is offered at /mcp/{server} only`, { httpStatus: 404 });
  const { _meta, inputResponses: _answers, requestState: _state, ...own } = params;
  const operation = new MethodOperation(parts.operations, {
    server,
    method,
    params: own,
    caller: { ...caller, trace: traceOf(_meta) },
  });
  return run(parts, incoming, operation, params);
}

function run(
  parts: FrontParts,
  incoming: Incoming,
  operation: Operation,
  params: JsonObject,
): Promise<CompletedAction> {
  const receivedAtMs = parts.now();
  const key = incoming.request.headers['idempotency-key'];
  return parts.pipeline.run({
    id: newId('action', receivedAtMs) as ActionId,
    kind: 'tool.call',
    receivedAtMs,
    presented: incoming.presented,
    attribution: withTrace(incoming.attribution, params._meta),
    operation,
    callerGone: incoming.gone,
    ...(typeof key === 'string' ? { idempotencyKey: key } : {}),
  });
}

/** In MCP the trace context of a call stands in its `_meta`: its trace wins over the HTTP request's, its baggage fills gaps. */
function withTrace(attribution: Attribution, meta: unknown): Attribution {
  if (!isObject(meta)) return attribution;
  const { traceparent, baggage } = meta;
  const told = attributionFromHeaders({
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(typeof baggage === 'string' ? { baggage } : {}),
  });
  return { ...told, ...attribution, ...(told.traceId === undefined ? {} : { traceId: told.traceId }) };
}
