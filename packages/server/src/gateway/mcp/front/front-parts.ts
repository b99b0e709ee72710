import type { ActionId, Attribution } from '@reeve/contracts';
import type { FastifyRequest } from 'fastify';
import type { PresentedCredential } from '../../../access/index.ts';
import { newId } from '../../../lib/index.ts';
import type { Operation } from '../../action.ts';
import { attributionFromHeaders } from '../../attribution.ts';
import { waitFromHeaders } from '../../wait-header.ts';
import type { Propose, Waited, WaitingPipeline } from '../../waiting-pipeline.ts';
import { callTool } from '../operation/call-tool.ts';
import { type CallerExchange, traceOf } from '../operation/exchange.ts';
import { type GovernedMethod, MethodOperation } from '../operation/method-operation.ts';
import type { LocateTool, OperationParts } from '../operation/operation-parts.ts';
import type { HeldTasks } from '../tasks/held-tasks.ts';
import { isObject, type JsonObject, RPC, RpcError } from '../wire/json-rpc.ts';
import type { ClientStream } from './client-stream.ts';
import type { EdgeRules } from './edge-check.ts';
import type { Endpoint } from './endpoint.ts';
import type { McpCallers } from './mcp-caller.ts';

/** What both fronts work with. */
export interface FrontParts {
  readonly pipeline: Pick<WaitingPipeline, 'run' | 'pass' | 'resume'>;
  readonly operations: OperationParts;
  readonly callers: McpCallers;
  readonly edge: EdgeRules;
  readonly now: () => number;
  /** Held calls for clients that know tasks; absent where nobody keeps them. */
  readonly tasks?: HeldTasks;
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
  readonly idempotencyKey: string | undefined;
}

/** A `tools/call` as an action, anew each time. Throws RpcError. */
export function proposeTool(
  parts: FrontParts,
  incoming: Incoming,
  params: JsonObject,
  caller: CallerExchange,
): Propose {
  const { name } = params;
  if (typeof name !== 'string') throw new RpcError(RPC.invalidParams, 'params.name is the name of a tool');
  const args = params.arguments ?? {};
  if (!isObject(args)) throw new RpcError(RPC.invalidParams, 'params.arguments is an object');
  const locate: LocateTool = (fleet) => incoming.endpoint.locate(fleet, name);
  const exchange = { ...caller, trace: traceOf(params._meta) };
  const called = { name, server: incoming.endpoint.server, args };
  return proposal(parts, incoming, params, () => callTool(parts.operations, locate, called, exchange));
}

/** Runs any other method of an upstream through the pipeline. */
export function runMethod(
  parts: FrontParts,
  incoming: Incoming,
  method: GovernedMethod,
  params: JsonObject,
  caller: CallerExchange,
): Promise<Waited> {
  const { server } = incoming.endpoint;
  if (server === undefined)
    throw new RpcError(RPC.methodNotFound, `${method} is offered at /mcp/{server} only`, { httpStatus: 404 });
  const { _meta, inputResponses: _answers, requestState: _state, ...own } = params;
  const request = { server, method, params: own, caller: { ...caller, trace: traceOf(_meta) } };
  return parts.pipeline.run(
    proposal(parts, incoming, params, () => new MethodOperation(parts.operations, request)),
    waitFromHeaders(incoming.request.headers),
  );
}

function proposal(parts: FrontParts, incoming: Incoming, params: JsonObject, operation: () => Operation): Propose {
  const attribution = withTrace(incoming.attribution, params._meta);
  const { idempotencyKey } = incoming;
  return () => {
    const receivedAtMs = parts.now();
    return {
      id: newId('action', receivedAtMs) as ActionId,
      kind: 'tool.call',
      receivedAtMs,
      presented: incoming.presented,
      attribution,
      operation: operation(),
      callerGone: incoming.gone,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    };
  };
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
