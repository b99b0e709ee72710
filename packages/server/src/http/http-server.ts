import { ERRORS } from '@reeve/contracts';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ReeveError } from '../lib/index.ts';
import type { Events } from '../telemetry/index.ts';
import { BodyReader } from './body-reader.ts';
import { checkRequest } from './check-request.ts';
import { Connections } from './connections.ts';
import { type ErrorShape, fromFastify, pathOf, sendError } from './error-answer.ts';
import { answerFramingFault } from './framing-fault.ts';
import { rememberRoutes } from './route-list.ts';

export interface HttpOptions {
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly stallTimeoutMs: number;
  /** Host headers that are ours, without port; anything else may be DNS rebinding. */
  readonly hosts: ReadonlySet<string>;
  /** The first prefix that fits a path shapes its errors. */
  readonly errorShapes: readonly ErrorShape[];
}

const MAX_HEADER_BYTES = 16 * 1024;
const SLOWEST_TIMEOUT_CHECK_MS = 5_000;
const KEEP_ALIVE_MS = 72_000;
const MAX_PARAM_LENGTH = 300;

/**
 * The HTTP edge: limits, checks of what two readers could read differently, and the one place where anything thrown becomes an
 * answer. Bodies arrive as Buffers, so that fronts pass exact bytes on.
 */
export function createHttpServer(options: HttpOptions, events: Events): FastifyInstance {
  const { errorShapes } = options;
  const refuse = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = fromFastify(thrown);
    if (ERRORS[error.code].status >= 500 && error.code !== 'overloaded')
      events.fault(`${request.method} ${pathOf(request)} failed`, thrown);
    // Without this the connection would close under a client that is still sending, and hide the answer from it.
    if (error.code === 'payload_too_large') reply.removeHeader('connection');
    sendError(errorShapes, request, reply, error);
  };
  const app = fastify({
    ...fastifyOptions(options),
    frameworkErrors: (error, request, reply) => refuse(error, request, reply),
    clientErrorHandler: (fault, socket) =>
      answerFramingFault({ connections, errorShapes, maxHeaderBytes: MAX_HEADER_BYTES }, fault, socket),
  });
  const connections: Connections = new Connections(app.server, options);
  rememberRoutes(app);
  answerExpectations(app, options.maxBodyBytes);
  // Bounded by the size of all headers; the default drops the rest without a word.
  app.server.maxHeadersCount = 0;
  const bodies = new BodyReader(options.maxBodyBytes, (request) => connections.latestResponse(request.socket));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request, payload, done) => bodies.read(request, payload, done));
  app.addHook('onRequest', (request, reply, done) =>
    done(connections.admit(request.raw, reply.raw) ?? checkRequest(request.raw, options.hosts)),
  );
  app.setNotFoundHandler((request, reply) =>
    refuse(new ReeveError('not_found', `there is nothing at ${request.method} ${pathOf(request)}`), request, reply),
  );
  app.setErrorHandler(refuse);
  return app;
}

function fastifyOptions({ requestTimeoutMs, ...options }: HttpOptions) {
  const headersTimeout = Math.min(options.headersTimeoutMs, requestTimeoutMs);
  return {
    logger: false,
    bodyLimit: options.maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreTrailingSlash: true, caseSensitive: true },
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout,
      connectionsCheckingInterval: Math.min(SLOWEST_TIMEOUT_CHECK_MS, headersTimeout / 4),
      insecureHTTPParser: false,
      // Ours says what is missing.
      requireHostHeader: false,
    },
  } as const;
}

/** This server is nobody's proxy, and asks nobody to send what it would refuse. */
function answerExpectations(app: FastifyInstance, maxBodyBytes: number): void {
  const { server } = app;
  server.on('connect', (_request, socket) => {
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  server.on('checkContinue', (request, response) => {
    if (!(Number(request.headers['content-length']) > maxBodyBytes)) response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}
