import type { IncomingHttpHeaders } from 'node:http';
import { isObject, type JsonObject, RPC, RpcError, type RpcMessage } from '../wire/json-rpc.ts';
import { LEGACY_VERSIONS, META, MODERN_VERSION } from '../wire/protocol-versions.ts';

/** What a modern request says of itself, after the headers were compared with the body. */
export interface ModernEnvelope {
  readonly clientCapabilities: JsonObject;
  readonly logLevel: string | undefined;
  readonly progressToken: string | number | undefined;
}

const NAME_FIELD: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** Which front a message is for: modern clients say so in every request, legacy ones shook hands before. */
export function isModern(headers: IncomingHttpHeaders, message: RpcMessage): boolean {
  if (message.kind !== 'response' && isObject(message.params._meta) && META.protocolVersion in message.params._meta)
    return true;
  if (message.kind === 'request' && message.method === 'initialize') return false;
  if (message.kind === 'request' && message.method === 'server/discover') return true;
  const version = headers['mcp-protocol-version'];
  return typeof version === 'string' && version >= MODERN_VERSION && /^\d{4}-\d{2}-\d{2}$/.test(version);
}

/** Throws RpcError with HTTP 400. What is decided upon is always the body; headers only have to agree. */
export function readEnvelope(headers: IncomingHttpHeaders, method: string, params: JsonObject): ModernEnvelope {
  const meta = isObject(params._meta) ? params._meta : {};
  const version = meta[META.protocolVersion];
  const capabilities = meta[META.clientCapabilities];
  if (typeof version !== 'string') throw missing(META.protocolVersion);
  compare('MCP-Protocol-Version', headers['mcp-protocol-version'], version);
  if (version !== MODERN_VERSION) throw unsupported(version);
  if (!isObject(capabilities)) throw missing(META.clientCapabilities);
  compare('Mcp-Method', headers['mcp-method'], method);
  const field = NAME_FIELD[method];
  const name = field === undefined ? undefined : params[field];
  if (typeof name === 'string') compare('Mcp-Name', headers['mcp-name'], name);
  const level = meta[META.logLevel];
  const token = meta.progressToken;
  return {
    clientCapabilities: capabilities,
    logLevel: typeof level === 'string' ? level : undefined,
    progressToken: typeof token === 'string' || typeof token === 'number' ? token : undefined,
  };
}

/** @param expected `mcp-param-*` headers that the body calls for, encoded */
export function compareParamHeaders(headers: IncomingHttpHeaders, expected: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(expected)) compare(name, headers[name], decoded(value) ?? value);
}

function compare(name: string, header: string | string[] | undefined, value: string): void {
  if (typeof header !== 'string') throw mismatch(`the ${name} header is missing`);
  if (decoded(header.trim()) !== value) throw mismatch(`the ${name} header differs from the body`);
}

/** Undefined where the header claims base64 and is not: two readers could decode it differently. */
function decoded(header: string): string | undefined {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(header)?.[1];
  if (encoded === undefined) return header;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.toString('base64') === encoded ? bytes.toString('utf8') : undefined;
}

function mismatch(message: string): RpcError {
  return new RpcError(RPC.headerMismatch, `Header mismatch: ${message}`, { httpStatus: 400 });
}

function missing(key: string): RpcError {
  return new RpcError(RPC.invalidParams, `params._meta needs ${key}`, { httpStatus: 400 });
}

function unsupported(requested: string): RpcError {
  return new RpcError(RPC.unsupportedProtocolVersion, 'Unsupported protocol version', {
    httpStatus: 400,
    data: { supported: [MODERN_VERSION, ...LEGACY_VERSIONS], requested },
  });
}
