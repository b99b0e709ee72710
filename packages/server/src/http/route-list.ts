import type { FastifyInstance } from 'fastify';

const routes = new WeakMap<FastifyInstance, Set<string>>();
/** More methods than any route of ours takes: it was bound to all of them. */
const ALL_METHODS = 5;

/** Keeps a list of what is bound from now on, so that a test can walk all of it. */
export function rememberRoutes(app: FastifyInstance): void {
  const names = new Set<string>();
  routes.set(app, names);
  app.addHook('onRoute', ({ method, url }) => {
    const methods = Array.isArray(method) && method.length > ALL_METHODS ? ['ANY'] : [method].flat();
    for (const one of methods) names.add(`${one} ${url}`);
  });
}

/** `METHOD /path` of every route; ANY for those that take whatever method no other route takes. */
export function routesOf(app: FastifyInstance): readonly string[] {
  return [...(routes.get(app) ?? [])].sort();
}
