import { ERRORS, type ErrorCode, formatUsd } from '@reeve/contracts';
import type { ReeveError } from '../../../lib/index.ts';
import type { CompletedAction, WholeReply } from '../../action.ts';
import { approvalHeaders } from '../../approval-headers.ts';
import type { Waited } from '../../waiting-pipeline.ts';
import { replyBody } from '../operation/mcp-reply.ts';
import { isObject, type JsonObject, RPC, RpcError, type RpcErrorBody } from '../wire/json-rpc.ts';
import { META } from '../wire/protocol-versions.ts';

/** A JSON-RPC answer and the HTTP response that carries it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly result: JsonObject } | { readonly error: RpcErrorBody };
}

/** What was asked for: refusals of tools are results that a model can read, refusals of methods are errors. */
export interface Asked {
  readonly method: string;
  /** As the caller wrote it. */
  readonly name: string;
}

export function answerOf(completed: Waited, asked: Asked): Answer {
  const headers = replyHeaders(completed);
  if (completed.outcome.kind === 'unknown_caller') return unauthenticated(completed.outcome.message);
  if (completed.reply !== undefined) return { status: 200, headers, body: answerBody(completed, completed.reply) };
  return { status: 200, headers, body: refusalBody(completed, asked) };
}

/** A refusal before there was an action. */
export function answerOfError(error: ReeveError | RpcError): Answer {
  if (error instanceof RpcError)
    return { status: error.httpStatus === 200 ? 400 : error.httpStatus, headers: {}, body: { error: error.body() } };
  if (error.code === 'unauthenticated') return unauthenticated(error.message);
  const retry: Record<string, string> =
    error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) };
  return { status: error.status, headers: retry, body: { error: methodError(error.code, error.message, {}) } };
}

function unauthenticated(message: string = ERRORS.unauthenticated.title): Answer {
  return {
    status: 401,
    headers: { 'www-authenticate': 'Bearer realm="reeve"' },
    body: { error: methodError('unauthenticated', message, {}) },
  };
}

function replyHeaders(completed: Waited): Record<string, string> {
  const replayOf = completed.reply?.headers['x-reeve-replay-of'];
  return {
    'x-reeve-action': completed.action.id,
    ...(completed.run === undefined ? {} : { 'x-reeve-run': completed.run.name }),
    ...(completed.decision === undefined ? {} : { 'x-reeve-decision': completed.decision.verdict }),
    ...(replayOf === undefined ? {} : { 'x-reeve-replay-of': replayOf }),
    'x-reeve-cost-usd': formatUsd(completed.costNanoUsd),
    ...approvalHeaders(completed),
  };
}

function answerBody(completed: CompletedAction, reply: WholeReply): Answer['body'] {
  const body = replyBody(reply, completed.outcome.kind !== 'succeeded');
  if ('error' in body) return body;
  const { result } = body;
  const meta = { ...(isObject(result._meta) ? result._meta : {}), [META.action]: actionMeta(completed) };
  return { result: { ...result, _meta: meta } };
}

function actionMeta(completed: CompletedAction): JsonObject {
  return {
    id: completed.action.id,
    ...(completed.run === undefined ? {} : { run: completed.run.name }),
    ...(completed.decision === undefined ? {} : { decision: completed.decision.verdict }),
    costUsd: formatUsd(completed.costNanoUsd),
  };
}

function refusalBody(completed: Waited, asked: Asked): Answer['body'] {
  const { outcome, approvalUrl } = completed;
  const code = outcome.code ?? 'internal';
  const message = outcome.message ?? ERRORS[code].title;
  const about = {
    action: completed.action.id,
    ...(completed.run === undefined ? {} : { run: completed.run.name }),
    ...(outcome.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: outcome.retryAfterSeconds }),
    ...(outcome.approval === undefined ? {} : { approval: { id: outcome.approval, url: approvalUrl } }),
  };
  if (asked.method !== 'tools/call') {
    if (code === 'unknown_tool')
      return { error: { code: RPC.methodNotFound, message: `${asked.method} is not offered here` } };
    return { error: methodError(code, message, about) };
  }
  if (code === 'unknown_tool') return { error: { code: RPC.invalidParams, message: `Unknown tool: ${asked.name}` } };
  if (code === 'invalid_request') return { error: methodError(code, message, about) };
  return {
    result: {
      content: [{ type: 'text', text: refusalText(code, message, completed) }],
      isError: true,
      ...(outcome.kind === 'held' && outcome.approval !== undefined ? { structuredContent: pending(completed) } : {}),
      _meta: { [META.decision]: { code, message, ...about }, [META.action]: actionMeta(completed) },
    },
  };
}

/** For a model to read: what happened, and what would make it pass. */
function refusalText(code: ErrorCode, message: string, { outcome, approvalUrl }: Waited): string {
  const wait = outcome.retryAfterSeconds === undefined ? '' : ` Try again after ${outcome.retryAfterSeconds} s.`;
  const lead = outcome.kind === 'held' ? ['PENDING_APPROVAL', outcome.approval ?? []].flat().join(' ') : code;
  const where = outcome.kind === 'held' && approvalUrl !== undefined ? ` People answer at ${approvalUrl}.` : '';
  // What a held call waits for says itself what to do.
  const next = outcome.kind === 'held' && outcome.approval !== undefined ? '' : ` ${ERRORS[code].next}`;
  return `${lead}: ${message}${/[.!?]$/.test(message) ? '' : '.'}${next}${where}${wait}`;
}

/** For programs: what a held call waits for. */
function pending({ outcome, approvalUrl }: Waited): JsonObject {
  return {
    status: 'approval_pending',
    approval_id: outcome.approval,
    ...(approvalUrl === undefined ? {} : { approval_url: approvalUrl }),
    retry_after_s: RETRY_AFTER_SECONDS,
  };
}

/** How long a client may leave a call that waits for a person before it tries again. */
const RETRY_AFTER_SECONDS = 15;

/** Our codes as JSON-RPC errors: outside every reserved range, so the HTTP status that the code stands for. */
function methodError(code: ErrorCode, message: string, about: JsonObject): RpcErrorBody {
  const number = code === 'invalid_request' || code === 'invalid_arguments' ? RPC.invalidParams : ERRORS[code].status;
  return { code: number, message, data: { [META.decision]: { code, next: ERRORS[code].next, ...about } } };
}
