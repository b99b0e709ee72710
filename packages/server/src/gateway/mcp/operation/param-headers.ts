import { headerValue } from '../upstream/call-headers.ts';
import { isObject, type JsonObject } from '../wire/json-rpc.ts';

const MAX_PARAM_HEADERS = 50;
const MAX_DEPTH = 8;

/** `Mcp-Param-*` headers that a tool's schema asks for by `x-mcp-header`, lower-case, with their values in these arguments. */
export function paramHeaders(schema: JsonObject, args: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  visit(schema, args, 0, headers);
  return headers;
}

function visit(schema: JsonObject, value: unknown, depth: number, headers: Record<string, string>): void {
  if (depth > MAX_DEPTH || !isObject(schema.properties) || !isObject(value)) return;
  for (const [name, property] of Object.entries(schema.properties)) {
    const item = Object.hasOwn(value, name) ? value[name] : undefined;
    if (!isObject(property) || item === undefined || item === null) continue;
    const header = property['x-mcp-header'];
    if (
      typeof header === 'string' &&
      /^[A-Za-z0-9-]{1,64}$/.test(header) &&
      Object.keys(headers).length < MAX_PARAM_HEADERS
    ) {
      if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean')
        headers[`mcp-param-${header.toLowerCase()}`] = headerValue(String(item));
    }
    visit(property, item, depth + 1, headers);
  }
}
