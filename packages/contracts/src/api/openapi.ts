import { z } from 'zod';
import type { Route } from './route.ts';
import { API_ROUTES } from './routes.ts';

/** The OpenAPI 3.1 document of the control API, derived from its declarations. */
export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, declared] of Object.entries<Route>(API_ROUTES)) {
    const path = declared.path.replaceAll(/:([a-z]+)/gi, '{$1}');
    paths[path] = { ...paths[path], [declared.method.toLowerCase()]: operation(name, declared) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Reeve control API', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ bearer: [] }],
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } }, schemas: { Error: ERROR_SCHEMA } },
  };
}

const ERROR_SCHEMA = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: { code: { type: 'string' }, message: { type: 'string' }, next: { type: 'string' } },
      required: ['code', 'message', 'next'],
    },
  },
  required: ['error'],
};

function operation(name: string, declared: Route): Record<string, unknown> {
  const body = declared.body instanceof z.ZodUndefined ? undefined : toSchema(declared.body, 'input');
  const schema = toSchema(declared.reply, 'output');
  return {
    operationId: name,
    'x-reeve-role': declared.role ?? 'admin',
    summary: declared.summary,
    parameters: [...parameters(declared.params, 'path'), ...parameters(declared.query, 'query')],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      '200': {
        description: declared.stream === true ? 'Events without end; the data of each' : 'OK',
        content: { [declared.stream === true ? 'text/event-stream' : 'application/json']: { schema } },
      },
      default: {
        description: 'Refused',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function parameters(schema: z.ZodType, place: 'path' | 'query'): Record<string, unknown>[] {
  const json = toSchema(schema, 'input') as { properties?: Record<string, unknown>; required?: string[] };
  return Object.entries(json.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (json.required ?? []).includes(name),
    schema: property,
  }));
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}
