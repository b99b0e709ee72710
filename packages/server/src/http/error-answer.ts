import { STATUS_CODES } from 'node:http';
import { ERRORS, type ErrorCode } from '@reeve/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ReeveError, toReeveError } from '../lib/index.ts';

export interface RenderedError {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

/** Errors in the shape that clients of a part of the path space understand. */
export interface ErrorShape {
  readonly prefix: string;
  readonly render: (error: ReeveError) => RenderedError;
}

const QUOTED_PATH_LENGTH = 200;
const CONTENT_TYPE = 'application/json; charset=utf-8';

export function sendError(
  shapes: readonly ErrorShape[],
  request: FastifyRequest,
  reply: FastifyReply,
  error: ReeveError,
): void {
  const { status, headers, body } = renderError(shapes, request.url, error);
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  reply
    .code(status)
    .headers(headers ?? {})
    .header('content-type', CONTENT_TYPE)
    .header('x-content-type-options', 'nosniff')
    .send(JSON.stringify(body));
}

/** A whole response, for a connection on which HTTP itself went wrong: nothing can follow it. */
export function rawError(shapes: readonly ErrorShape[], url: string, error: ReeveError): string {
  const { status, headers, body } = renderError(shapes, url, error);
  const text = JSON.stringify(body);
  const lines = Object.entries({
    ...headers,
    ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
    'content-type': CONTENT_TYPE,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`;
}

function renderError(shapes: readonly ErrorShape[], url: string, error: ReeveError): RenderedError {
  const shape = shapes.find(({ prefix }) => url.startsWith(prefix));
  return shape === undefined ? plain(error) : shape.render(error);
}

/** Whose detail is for the caller too: where each line of a fleet is wrong. Any other detail stays in the log. */
const TOLD_IN_DETAIL: ReadonlySet<ErrorCode> = new Set(['invalid_fleet']);

function plain(error: ReeveError): RenderedError {
  const { code, message, status } = error;
  const detail = TOLD_IN_DETAIL.has(code) ? { detail: error.detail } : {};
  return { status, body: { error: { code, message, next: ERRORS[code].next, ...detail } } };
}

const BY_FASTIFY_CODE: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'the content type cannot be read; send application/json'],
  FST_ERR_BAD_URL: ['invalid_request', 'the path has a broken % escape'],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid_request', 'a part of the path is too long'],
};

/** Whatever fastify or a handler threw, as ours. */
export function fromFastify(thrown: unknown): ReeveError {
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  const known = BY_FASTIFY_CODE[String(code)];
  if (known !== undefined) return new ReeveError(known[0], known[1], { cause: thrown });
  if (!(thrown instanceof ReeveError) && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new ReeveError('invalid_request', (thrown as Error).message, { cause: thrown });
  }
  return toReeveError(thrown);
}

export function pathOf(request: FastifyRequest): string {
  const end = request.url.indexOf('?');
  return (end < 0 ? request.url : request.url.slice(0, end)).slice(0, QUOTED_PATH_LENGTH);
}
