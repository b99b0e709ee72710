import { type ActionId, isId } from '@reeve/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Identity, PresentedCredential } from '../../access/index.ts';
import { newId, parseStrictJson, ReeveError } from '../../lib/index.ts';
import type { ProposedAction } from '../action.ts';
import { attributionFromHeaders, isTagValue } from '../attribution.ts';
import { keyFault } from '../idempotency/index.ts';
import { presentedCredential } from '../presented-credential.ts';
import { LateOperation, type ToolFinder } from '../tools/index.ts';
import { waitFromHeaders } from '../wait-header.ts';
import type { WaitingPipeline } from '../waiting-pipeline.ts';
import { actionAnswer } from './action-answer.ts';

export interface ActionRouteParts {
  readonly pipeline: Pick<WaitingPipeline, 'run'>;
  readonly tools: ToolFinder;
  readonly callers: { callerOf(presented: PresentedCredential): WhoAsks | Promise<WhoAsks> };
  /** What is known of an action of this very agent, as JSON; undefined of any other. */
  readonly actionState: (identity: Identity, action: ActionId) => Promise<unknown>;
}

interface WhoAsks {
  readonly identity: Identity;
}

const MAX_NAME_LENGTH = 200;
const bodySchema = z.strictObject({
  tool: z.string().min(3).max(MAX_NAME_LENGTH).describe('server.tool'),
  args: z.record(z.string(), z.unknown()).default({}),
  reason: z.string().refine(isTagValue, 'at most 256 characters without control characters').optional(),
  dryRun: z.boolean().default(false).describe('Decide only; nothing is executed.'),
});

/** `POST /actions`: propose, decision, execute in one call. `GET /actions/{id}`: what became of it. */
export function actionRoutes(parts: ActionRouteParts): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    app.post('/actions', (request, reply) => propose(parts, request, reply));
    app.get<{ Params: { id: string } }>('/actions/:id', async (request, reply) => {
      const { identity } = await parts.callers.callerOf(presentedBy(request));
      const { id } = request.params;
      const state = isId('action', id) ? await parts.actionState(identity, id) : undefined;
      if (state === undefined) throw new ReeveError('not_found', 'there is no such action of this agent');
      return send(reply, 200, {}, state);
    });
  };
}

async function propose(parts: ActionRouteParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const attribution = attributionFromHeaders(request.headers);
  const { tool, args, reason, dryRun } = readBody(request);
  const idempotencyKey = readKey(request);
  const callerGone = goneSignal(reply);
  const propose = (): ProposedAction => {
    const receivedAtMs = Date.now();
    return {
      id: newId('action', receivedAtMs),
      kind: 'tool.call',
      receivedAtMs,
      presented: presentedBy(request),
      attribution: reason === undefined ? attribution : { ...attribution, reason },
      operation: new LateOperation((fleet) => parts.tools.find(fleet, tool, args), { name: tool, args }),
      callerGone,
      ...(idempotencyKey === undefined || dryRun ? {} : { idempotencyKey }),
      ...(dryRun ? { dryRun } : {}),
    };
  };
  const completed = await parts.pipeline.run(propose, waitFromHeaders(request.headers));
  const { status, headers, body } = actionAnswer(completed, tool);
  return send(reply, status, headers, body);
}

function presentedBy(request: FastifyRequest): PresentedCredential {
  return presentedCredential(request.headers, request.ip, request.url);
}

function readBody(request: FastifyRequest): z.output<typeof bodySchema> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new ReeveError('unsupported_media_type', 'send application/json');
  if (!(request.body instanceof Uint8Array)) throw new ReeveError('invalid_request', 'the body is empty');
  const parsed = bodySchema.safeParse(parseStrictJson(request.body));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${['body', ...issue.path].join('.')}: ${issue.message}`);
  throw new ReeveError('invalid_request', problems.join('; '));
}

function readKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  const fault = typeof key === 'string' ? keyFault(key) : 'send one Idempotency-Key';
  if (fault !== undefined) throw new ReeveError('invalid_request', fault);
  return String(key);
}

function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

function send(
  reply: FastifyReply,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(body));
}
