import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseStrictJson, ReeveError, toReeveError } from '../../../lib/index.ts';
import { attributionFromHeaders } from '../../attribution.ts';
import { presentedCredential } from '../../presented-credential.ts';
import { RPC, RpcError, type RpcId, type RpcMessage, readRpcMessage } from '../wire/json-rpc.ts';
import { MODERN_VERSION } from '../wire/protocol-versions.ts';
import { ClientStream } from './client-stream.ts';
import { checkEdge } from './edge-check.ts';
import { aggregateEndpoint, type Endpoint, serverEndpoint } from './endpoint.ts';
import type { FrontParts, Incoming } from './front-parts.ts';
import { answerLegacy, sessionOf } from './legacy-front.ts';
import { LegacySessions } from './legacy-sessions.ts';
import { ListSubscriptions } from './list-subscriptions.ts';
import type { McpCaller } from './mcp-caller.ts';
import { isModern } from './modern-envelope.ts';
import { answerModern } from './modern-front.ts';
import { type Answer, answerOfError } from './outcome-answer.ts';
import { tellListChanges } from './tell-list-changes.ts';

interface Fronts {
  readonly parts: FrontParts;
  readonly sessions: LegacySessions;
  readonly subscriptions: ListSubscriptions;
}

/** `/mcp` and `/mcp/{server}`. The scope must hand bodies over as bytes. */
export function mcpRoutes(parts: FrontParts): (app: FastifyInstance) => Promise<void> {
  const fronts: Fronts = { parts, sessions: new LegacySessions(parts.now), subscriptions: new ListSubscriptions() };
  return async (app) => {
    const forgetChanges = tellListChanges(parts.operations, fronts);
    app.addHook('preClose', async () => {
      forgetChanges();
      fronts.sessions.closeAll();
      fronts.subscriptions.closeAll();
      await parts.tasks?.drain();
    });
    for (const url of ['/mcp', '/mcp/:server']) {
      app.post(url, (request, reply) => post(fronts, request, reply));
      app.get(url, (request, reply) => listen(fronts, request, reply));
      app.delete(url, (request, reply) => endSession(fronts, request, reply));
    }
  };
}

async function post(fronts: Fronts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const stream = new ClientStream(reply, request.headers.accept);
  let id: RpcId | null = null;
  try {
    checkEdge(request.headers, fronts.parts.edge);
    const message = messageOf(request);
    if (message.kind === 'request') id = message.id;
    const incoming = incomingOf(fronts, request, stream);
    const caller = await callerOf(fronts, incoming);
    const answer = isModern(request.headers, message)
      ? await answerModern(fronts, incoming, caller, message)
      : await answerLegacy(fronts, incoming, caller, message);
    if (answer !== undefined) send(stream, id, answer);
    else if (message.kind !== 'request') stream.answer(202, {}, undefined);
  } catch (thrown) {
    send(stream, id, answerOfThrown(thrown, id));
  }
  return reply;
}

async function listen(fronts: Fronts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return sessionRequest(fronts, request, reply, (session, stream) => session.listen(stream));
}

async function endSession(fronts: Fronts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return sessionRequest(fronts, request, reply, (session, stream) => {
    fronts.sessions.end(session);
    stream.answer(204, {}, undefined);
  });
}

/** GET and DELETE exist for legacy sessions only. */
async function sessionRequest(
  fronts: Fronts,
  request: FastifyRequest,
  reply: FastifyReply,
  act: (session: ReturnType<LegacySessions['get']>, stream: ClientStream) => void,
): Promise<FastifyReply> {
  const stream = new ClientStream(reply, request.method === 'GET' ? request.headers.accept : undefined);
  try {
    checkEdge(request.headers, fronts.parts.edge);
    const incoming = incomingOf(fronts, request, stream);
    const caller = await callerOf(fronts, incoming);
    const session =
      request.headers['mcp-protocol-version'] === MODERN_VERSION ? undefined : sessionOf(fronts, incoming, caller);
    if (session === undefined)
      throw new ReeveError('method_not_allowed', 'this address takes POST; GET and DELETE need a session');
    if (request.method === 'GET' && !stream.mayStream)
      throw new RpcError(RPC.invalidRequest, 'accept text/event-stream', { httpStatus: 406 });
    act(session, stream);
  } catch (thrown) {
    send(stream, null, answerOfThrown(thrown, null));
  }
  return reply;
}

function incomingOf(fronts: Fronts, request: FastifyRequest, stream: ClientStream): Incoming {
  const key = request.headers['idempotency-key'];
  return {
    request,
    stream,
    endpoint: endpointOf(fronts.parts, request),
    presented: presentedCredential(request.headers, request.ip, request.url),
    attribution: attributionFromHeaders(request.headers),
    gone: stream.gone,
    idempotencyKey: typeof key === 'string' ? key : undefined,
  };
}

function endpointOf(parts: FrontParts, request: FastifyRequest): Endpoint {
  const { server } = request.params as { server?: string };
  if (server !== undefined) return serverEndpoint(parts.operations, server);
  const { names } = request.query as { names?: unknown };
  return aggregateEndpoint(parts.operations, names === 'underscore' ? 'underscore' : 'dotted');
}

async function callerOf({ parts }: Fronts, incoming: Incoming): Promise<McpCaller> {
  const caller = await parts.callers.callerOf(incoming.presented);
  if (!incoming.endpoint.isOpenTo(caller)) throw new ReeveError('not_found', 'no tool server of this name');
  return caller;
}

function messageOf(request: FastifyRequest): RpcMessage {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
    throw new ReeveError('unsupported_media_type', 'send the body with the header content-type: application/json');
  if (!Buffer.isBuffer(request.body)) throw new RpcError(RPC.parseError, 'the body is empty', { httpStatus: 400 });
  let value: unknown;
  try {
    value = parseStrictJson(request.body);
  } catch (error) {
    throw new RpcError(RPC.parseError, toReeveError(error).message, { httpStatus: 400 });
  }
  return readRpcMessage(value);
}

function answerOfThrown(thrown: unknown, id: RpcId | null): Answer {
  if (!(thrown instanceof RpcError)) return answerOfError(toReeveError(thrown));
  // A well-formed request that merely asks for too much is answered, not refused as HTTP.
  if (id !== null && thrown.httpStatus === 200) return { status: 200, headers: {}, body: { error: thrown.body() } };
  return answerOfError(thrown);
}

function send(stream: ClientStream, id: RpcId | null, answer: Answer): void {
  stream.answer(answer.status, answer.headers, { jsonrpc: '2.0', id, ...answer.body });
}
