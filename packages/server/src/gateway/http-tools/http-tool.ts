import { hash as sha256 } from 'node:crypto';
import type { ToolDeclaration, ToolServer } from '@reeve/contracts';
import { canonicalJson } from '@reeve/ledger';
import type { Fleet, FleetProblem } from '../../registry/index.ts';
import type { ApiToolDefinition } from '../tools/index.ts';
import { destinationFault, isAllowedDestination } from './destination.ts';
import { placeholdersOf, requestFault } from './request-template.ts';

/** One operation of an HTTP API, ready to be called. */
export interface HttpTool extends ApiToolDefinition {
  readonly server: ToolServer;
  readonly tool: string;
  readonly declaration: ToolDeclaration;
  readonly request: NonNullable<ToolDeclaration['request']>;
  readonly api: URL;
}

/** Objects of a fleet are immutable and shared by its versions, so each server is compiled once. */
const compiled = new WeakMap<ToolServer, ReadonlyMap<string, HttpTool>>();

export function httpTools(server: ToolServer): ReadonlyMap<string, HttpTool> {
  let tools = compiled.get(server);
  if (tools === undefined) {
    tools = compile(server);
    compiled.set(server, tools);
  }
  return tools;
}

export function httpToolProblems(fleet: Fleet): FleetProblem[] {
  const problems: FleetProblem[] = [];
  for (const server of fleet.toolServers.values()) {
    if (!('api' in server.transport)) continue;
    for (const { path, message } of serverFaults(server, server.transport.api)) {
      problems.push({ object: { kind: 'ToolServer', name: server.name }, path, message });
    }
  }
  return problems;
}

interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function serverFaults(server: ToolServer, address: string): Fault[] {
  const api = new URL(address);
  const faults: Fault[] = [];
  const at = (path: readonly (string | number)[], message: string | undefined) => {
    if (message !== undefined) faults.push({ path, message });
  };
  at(['transport', 'api'], addressFault(api, server));
  server.destinations.forEach((entry, index) => {
    at(['destinations', index], destinationFault(entry));
  });
  if (typeof server.credentialAs === 'object' && 'env' in server.credentialAs) {
    at(['credentialAs'], 'an HTTP API has no environment; use bearer or { header: name }');
  }
  for (const [name, tool] of Object.entries(server.tools)) {
    if (tool.request === undefined) at(['tools', name], 'a tool of an HTTP API needs a request: { method, path }');
    else at(['tools', name, 'request'], requestFault(api, tool.request));
  }
  return faults;
}

function addressFault(api: URL, server: ToolServer): string | undefined {
  if (api.protocol !== 'https:' && api.protocol !== 'http:') return 'the address must begin with https:// or http://';
  if (api.username !== '' || api.password !== '')
    return 'the address must not carry a user or password; use credential';
  if (isAllowedDestination(api, api, server.destinations)) return undefined;
  return `${api.host} is not among destinations, so no tool of it could ever be called`;
}

function compile(server: ToolServer): ReadonlyMap<string, HttpTool> {
  const tools = new Map<string, HttpTool>();
  if (!('api' in server.transport)) return tools;
  const api = new URL(server.transport.api);
  for (const [tool, declaration] of Object.entries(server.tools)) {
    const { request } = declaration;
    if (request === undefined) continue;
    const definition = definitionOf(tool, declaration, request);
    const hash = `sha256:${sha256('sha256', canonicalJson(definition.inputSchema))}`;
    tools.set(tool, { server, tool, declaration, request, api, definition, hash, state: 'approved' });
  }
  return tools;
}

/** MCP wants every schema to say that arguments are an object. */
function definitionOf(
  name: string,
  { description, inputSchema, effect, idempotent }: ToolDeclaration,
  request: HttpTool['request'],
): HttpTool['definition'] {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    inputSchema: { type: 'object', ...(inputSchema ?? { required: placeholdersOf(request) }) },
    annotations: {
      readOnlyHint: effect === 'read',
      destructiveHint: effect === 'delete',
      idempotentHint: idempotent,
      openWorldHint: true,
    },
  };
}
