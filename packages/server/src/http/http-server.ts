import { ERRORS, type ErrorCode } from '@reeve/contracts';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ReeveError, toReeveError } from '../lib/index.ts';
import type { Events } from '../telemetry/index.ts';

export interface HttpOptions {
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  readonly requestTimeoutMs: number;
  /** Host headers that are ours, without port; anything else may be DNS rebinding. */
  readonly hosts: ReadonlySet<string>;
  /** The first prefix that fits a path shapes its errors. */
  readonly errorShapes: readonly ErrorShape[];
}

const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 72_000;
const MAX_REQUESTS_PER_SOCKET = 0;
const MAX_PARAM_LENGTH = 300;

/**
 * The HTTP edge: limits, host check and the one place where anything thrown becomes an answer. Bodies arrive as Buffers, so that
 * fronts pass exact bytes on.
 */
export function createHttpServer(options: HttpOptions, events: Events): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreTrailingSlash: true, caseSensitive: true },
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
  });
  app.server.maxConnections = options.maxConnections;
  app.server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', (request, _reply, done) => done(checkHost(request, options.hosts)));
  app.setNotFoundHandler((request, reply) =>
    sendError(
      options.errorShapes,
      request,
      reply,
      new ReeveError('not_found', `there is nothing at ${pathOf(request)}`),
    ),
  );
  app.setErrorHandler((thrown, request, reply) => {
    const error = fromFastify(thrown);
    if (ERRORS[error.code].status >= 500) events.fault(`${request.method} ${pathOf(request)} failed`, thrown);
    sendError(options.errorShapes, request, reply, error);
  });
  return app;
}

interface RenderedError {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

/** Errors in the shape that clients of a part of the path space understand. */
export interface ErrorShape {
  readonly prefix: string;
  readonly render: (
    error: ReeveError,
    request: FastifyRequest,
  ) => { status: number; headers?: Record<string, string>; body: unknown };
}

function sendError(
  shapes: readonly ErrorShape[],
  request: FastifyRequest,
  reply: FastifyReply,
  error: ReeveError,
): void {
  const path = pathOf(request);
  const shape = shapes.find((candidate) => path.startsWith(candidate.prefix));
  const { status, headers, body } = shape === undefined ? plain(error) : shape.render(error, request);
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  reply
    .code(status)
    .headers(headers ?? {})
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(body));
}

function plain(error: ReeveError): RenderedError {
  return {
    status: error.status,
    body: { error: { code: error.code, message: error.message, next: ERRORS[error.code].next } },
  };
}

const BY_FASTIFY_CODE: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_request',
  FST_ERR_BAD_URL: 'invalid_request',
};

function fromFastify(thrown: unknown): ReeveError {
  const code = BY_FASTIFY_CODE[String((thrown as { code?: unknown }).code)];
  if (code !== undefined) return new ReeveError(code, (thrown as Error).message, { cause: thrown });
  const status = (thrown as { statusCode?: unknown }).statusCode;
  if (!(thrown instanceof ReeveError) && typeof status === 'number' && status >= 400 && status < 500) {
    return new ReeveError('invalid_request', (thrown as Error).message, { cause: thrown });
  }
  return toReeveError(thrown);
}

function checkHost(request: FastifyRequest, hosts: ReadonlySet<string>): ReeveError | undefined {
  const host = request.headers.host ?? '';
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (host.split(':', 1)[0] ?? '');
  if (hosts.has(name.toLowerCase())) return undefined;
  return new ReeveError(
    'forbidden',
    `the host ${JSON.stringify(host.slice(0, 100))} is not this server; add it with --allowed-hosts`,
  );
}

function pathOf(request: FastifyRequest): string {
  const end = request.url.indexOf('?');
  return end < 0 ? request.url : request.url.slice(0, end);
}
