import { type ActionId, isId } from '@reeve/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Identity, PresentedCredential } from '../../access/index.ts';
import { newId, parseStrictJson, ReeveError } from '../../lib/index.ts';
import type { Operation, ProposedAction } from '../action.ts';
import { AdvisedCall, AdvisedOperation, OpenActions, reportSchema } from '../advised/index.ts';
import { attributionFromHeaders, isTagValue } from '../attribution.ts';
import { keyFault } from '../idempotency/index.ts';
import { presentedCredential } from '../presented-credential.ts';
import { LateOperation, type ToolFinder } from '../tools/index.ts';
import { waitFromHeaders } from '../wait-header.ts';
import type { WaitingPipeline } from '../waiting-pipeline.ts';
import { type ActionAnswer, actionAnswer } from './action-answer.ts';
import { permitAnswer, refusedAnswer, reportAnswer } from './advised-answer.ts';

export interface ActionRouteParts {
  readonly pipeline: Pick<WaitingPipeline, 'run'>;
  readonly tools: ToolFinder;
  readonly callers: {
    callerOf(presented: PresentedCredential): WhoAsks | Promise<WhoAsks>;
    /** Also of who is stopped. */
    identify(presented: PresentedCredential): Identity | undefined | Promise<Identity | undefined>;
  };
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
  mode: z
    .enum(['execute', 'advise'])
    .default('execute')
    .describe('advise: decide; the caller executes it and reports to POST /actions/{id}/report.'),
  dryRun: z.boolean().default(false).describe('Decide only; nothing is executed.'),
});
type Proposal = z.output<typeof bodySchema>;

/**
 * `POST /actions`: propose, decision, execute in one call, or decision alone for who executes by itself.
 * `POST /actions/{id}/report`: what came of that. `GET /actions/{id}`: what became of an action.
 */
export function actionRoutes(parts: ActionRouteParts): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    const open = new OpenActions();
    app.addHook('preClose', () => open.close());
    app.post('/actions', async (request, reply) => {
      const { status, headers, body } = await propose(parts, open, request, reply);
      return send(reply, status, headers, body);
    });
    app.post<{ Params: { id: string } }>('/actions/:id/report', async (request, reply) => {
      const { status, headers, body } = await report(parts, open, request);
      return send(reply, status, headers, body);
    });
    app.get<{ Params: { id: string } }>('/actions/:id', async (request, reply) => {
      const { identity } = await parts.callers.callerOf(presentedBy(request));
      const { id } = request.params;
      const state = isId('action', id) ? await parts.actionState(identity, id) : undefined;
      if (state === undefined) throw new ReeveError('not_found', 'there is no such action of this agent');
      return send(reply, 200, {}, state);
    });
  };
}

async function propose(
  parts: ActionRouteParts,
  open: OpenActions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ActionAnswer> {
  const proposal = readBody(request, bodySchema);
  const { tool, mode } = proposal;
  const wait = waitFromHeaders(request.headers);
  const propose = proposer(request, reply, proposal);
  if (mode === 'execute') {
    const operation = () => plainOperation(parts.tools, proposal);
    return actionAnswer(await parts.pipeline.run(() => propose(operation()), wait), tool);
  }
  const call = new AdvisedCall();
  const advised = { tools: parts.tools, open };
  const operation = () => new AdvisedOperation(advised, { name: tool, args: proposal.args }, call);
  const answer = await call.begin(() => parts.pipeline.run(() => propose(operation()), wait));
  return 'permit' in answer ? permitAnswer(answer.permit, tool) : refusedAnswer(answer.ended, tool);
}

/** The report of who may be stopped by now counts too: what was done must be on record. */
async function report(
  { callers }: ActionRouteParts,
  open: OpenActions,
  request: FastifyRequest<{ Params: { id: string } }>,
): Promise<ActionAnswer> {
  const presented = presentedBy(request);
  const identity = (await callers.identify(presented)) ?? (await callers.callerOf(presented)).identity;
  const { token, ...reported } = readBody(request, reportSchema);
  const { id } = request.params;
  if (!isId('action', id)) throw new ReeveError('not_found', 'there is no such action of this agent');
  return reportAnswer(await open.report(identity, id, token, reported));
}

function plainOperation(tools: ToolFinder, { tool, args }: Proposal): Operation {
  return new LateOperation((fleet) => tools.find(fleet, tool, args), { name: tool, args });
}

/** Every pass is an action of its own. */
function proposer(
  request: FastifyRequest,
  reply: FastifyReply,
  { reason, dryRun }: Proposal,
): (operation: Operation) => ProposedAction {
  const attribution = attributionFromHeaders(request.headers);
  const idempotencyKey = readKey(request);
  const callerGone = goneSignal(reply);
  return (operation) => {
    const receivedAtMs = Date.now();
    return {
      id: newId('action', receivedAtMs),
      kind: 'tool.call',
      receivedAtMs,
      presented: presentedBy(request),
      attribution: reason === undefined ? attribution : { ...attribution, reason },
      operation,
      callerGone,
      ...(idempotencyKey === undefined || dryRun ? {} : { idempotencyKey }),
      ...(dryRun ? { dryRun } : {}),
    };
  };
}

function presentedBy(request: FastifyRequest): PresentedCredential {
  return presentedCredential(request.headers, request.ip, request.url);
}

function readBody<S extends z.ZodType>(request: FastifyRequest, schema: S): z.output<S> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new ReeveError('unsupported_media_type', 'send application/json');
  if (!(request.body instanceof Uint8Array)) throw new ReeveError('invalid_request', 'the body is empty');
  const parsed = schema.safeParse(parseStrictJson(request.body));
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
