import type { Route } from '@reeve/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Admin } from '../access/index.ts';
import { parseStrictJson, ReeveError } from '../lib/index.ts';

/** What a handler of the control API gets: input that fits its declaration, and who asks. */
export interface ApiInput<R extends Route> {
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: z.output<R['body']>;
  readonly admin: Admin;
}

export type ApiHandler<R extends Route> = (input: ApiInput<R>) => Promise<z.input<R['reply']>>;
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
  for (const name of Object.keys(routes) as (keyof Routes)[]) {
    const declared = routes[name] as Route;
    const handler = handlers[name] as ApiHandler<Route>;
    app.route({
      method: declared.method,
      url: declared.path,
      handler: async (request, reply) => {
        const admin = authenticate(bearerOf(request));
        if (admin === undefined)
          throw new ReeveError(
            'unauthenticated',
            'send the admin token as Authorization: Bearer; the first start wrote it to admin-token in the data directory',
          );
        const result = await handler({
          params: parse(declared.params, request.params, 'path'),
          query: parse(declared.query, request.query, 'query'),
          body: parse(declared.body, bodyOf(request), 'body'),
          admin,
        });
        reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-store');
        return JSON.stringify(declared.reply.parse(result));
      },
    });
  }
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
