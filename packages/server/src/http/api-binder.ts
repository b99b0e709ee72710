import type { Route } from '@reeve/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type Admin, includesRole } from '../access/index.ts';
import { parseStrictJson, ReeveError } from '../lib/index.ts';
import { type EventStream, EventStreams } from './event-stream.ts';

/** What a handler of the control API gets: input that fits its declaration, and who asks. */
export interface ApiInput<R extends Route> {
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: z.output<R['body']>;
  readonly admin: Admin;
  /** Of a stream: the last event that the client saw. */
  readonly lastEventId?: string;
}

export type ApiHandler<R extends Route> = (
  input: ApiInput<R>,
) => Promise<R extends { readonly stream: true } ? EventStream<z.input<R['reply']>> : z.input<R['reply']>>;
export type ApiHandlers<Routes extends Readonly<Record<string, Route>>> = {
  readonly [K in keyof Routes]: ApiHandler<Routes[K]>;
};

const API_DEPTH = 32;

/** Binds every declared route to its handler: authenticates, validates what comes in and what goes out. */
export function bindApi<Routes extends Readonly<Record<string, Route>>>(
  app: FastifyInstance,
  routes: Routes,
  handlers: ApiHandlers<Routes>,
  authenticate: (bearer: string | undefined) => Admin | undefined,
): void {
  const streams = new EventStreams();
  app.addHook('preClose', async () => streams.close());
  for (const name of Object.keys(routes) as (keyof Routes)[]) {
    const declared = routes[name] as Route;
    const handler = handlers[name] as (input: ApiInput<Route>) => Promise<unknown>;
    app.route({
      method: declared.method,
      url: declared.path,
      handler: async (request, reply) => {
        const admin = authorized(declared, authenticate(bearerOf(request)));
        const result = await handler({
          params: parse(declared.params, request.params, 'path'),
          query: ownWorkspace(parse(declared.query, queryOf(request, admin), 'query'), admin),
          body: parse(declared.body, bodyOf(request), 'body'),
          admin,
          ...lastEventId(request),
        });
        if (declared.stream === true) {
          streams.send(reply, result as EventStream<unknown>, {
            checked: (data) => declared.reply.parse(data),
            by: admin.person.id,
            mayHear: () => authenticate(bearerOf(request)) !== undefined,
          });
          return reply;
        }
        reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-store');
        return JSON.stringify(declared.reply.parse(result));
      },
    });
  }
}

/** INVARIANT: a route that declares no role is the admin's alone. */
function authorized({ role = 'admin' }: Route, admin: Admin | undefined): Admin {
  if (admin === undefined)
    throw new ReeveError(
      'unauthenticated',
      'send the admin token, or a token of a person, as Authorization: Bearer; the first start wrote the admin token to admin-token in the data directory',
    );
  if (!includesRole(admin.role, role))
    throw new ReeveError('forbidden', `this needs the role ${role}, and the token has the role ${admin.role}`);
  return admin;
}

/** People ask about their own workspace unless they say otherwise. */
function queryOf(request: FastifyRequest, { workspace }: Admin): unknown {
  const query = request.query as Readonly<Record<string, unknown>>;
  return workspace === '*' || Object.hasOwn(query, 'workspace') ? query : { ...query, workspace };
}

/** INVARIANT: whatever is asked about another workspace has one answer, whether the thing exists there or not. */
function ownWorkspace<Query>(query: Query, { workspace }: Admin): Query {
  if (workspace === '*') return query;
  const asked = (query as { readonly workspace?: unknown }).workspace;
  if (asked !== workspace) throw new ReeveError('not_found', `this token sees the workspace ${workspace} only`);
  return query;
}

function lastEventId(request: FastifyRequest): { lastEventId?: string } {
  const id = request.headers['last-event-id'];
  return typeof id === 'string' ? { lastEventId: id } : {};
}

function bearerOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  return header?.startsWith('Bearer ') === true ? header.slice('Bearer '.length) : undefined;
}

function bodyOf(request: FastifyRequest): unknown {
  const body = request.body;
  if (body === undefined || body === null || (body instanceof Uint8Array && body.length === 0)) return undefined;
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new ReeveError('unsupported_media_type', `send application/json, not ${JSON.stringify(type.slice(0, 100))}`);
  return parseStrictJson(body as Uint8Array, { maxDepth: API_DEPTH });
}

function parse(schema: z.ZodType, value: unknown, where: string): never {
  const result = schema.safeParse(value);
  if (result.success) return result.data as never;
  const problems = result.error.issues
    .slice(0, 10)
    .map((issue) => `${[where, ...issue.path].join('.')}: ${issue.message}`);
  throw new ReeveError('invalid_request', problems.join('; '));
}
