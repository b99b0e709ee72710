import { hasOnlyDeclaredTools, type ToolServer } from '@reeve/contracts';
import type { Fleet } from '../../../registry/index.ts';
import type { CatalogueTool } from '../catalogue/tool-catalogue.ts';
import type { ToolDefinition } from '../catalogue/tool-definition.ts';
import { GOVERNED_METHODS, type GovernedMethod } from '../operation/method-operation.ts';
import type { LocatedTool, OperationParts } from '../operation/operation-parts.ts';
import type { JsonObject } from '../wire/json-rpc.ts';
import { aggregateName, locateAggregate, type NameForm, serversByName, toolsOrNone } from './aggregate-names.ts';
import type { McpCaller } from './mcp-caller.ts';

/** What one address offers, in either era. */
export interface Endpoint {
  /** The upstream whose own names are used; undefined at the aggregate. */
  readonly server: string | undefined;
  locate(fleet: Fleet, name: string): LocatedTool | undefined | Promise<LocatedTool | undefined>;
  /** Whether this caller may know that the endpoint exists. */
  isOpenTo(caller: McpCaller): boolean;
  listTools(caller: McpCaller): Promise<ToolDefinition[]>;
  capabilities(caller: McpCaller): Promise<JsonObject>;
  instructions(caller: McpCaller): Promise<string | undefined>;
}

/** `/mcp/{server}`: one upstream under its own names. */
export function serverEndpoint(parts: OperationParts, name: string): Endpoint {
  const serverOf = (fleet: Fleet): ToolServer | undefined => fleet.toolServers.get(name);
  const info = async (caller: McpCaller) => {
    const server = serverOf(caller.fleet);
    if (server === undefined || hasOnlyDeclaredTools(server)) return undefined;
    return (await parts.pool.acquire(caller.fleet.workspace, server)).info;
  };
  return {
    server: name,
    locate: (fleet, tool) => {
      const server = serverOf(fleet);
      return server === undefined ? undefined : { server, tool };
    },
    isOpenTo: (caller) =>
      serverOf(caller.fleet) !== undefined &&
      caller.agent.tools.some((tool) => tool === '*' || tool.startsWith(`${name}.`)),
    listTools: async (caller) => {
      const server = serverOf(caller.fleet);
      if (server === undefined) return [];
      const tools = await parts.catalogue.tools(caller.fleet.workspace, server);
      return [...tools.values()].filter((tool) => isListed(parts, caller, server, tool)).map((tool) => tool.definition);
    },
    capabilities: async (caller) => offered(parts, caller, name, (await info(caller))?.capabilities ?? {}),
    instructions: async (caller) => (await info(caller))?.instructions,
  };
}

/** `/mcp`: the tools of all servers. Names that would collide are left out: nobody could say which of them was meant. */
export function aggregateEndpoint(parts: OperationParts, form: NameForm): Endpoint {
  return {
    server: undefined,
    locate: (fleet, name) => locateAggregate(parts.catalogue, fleet, name),
    isOpenTo: () => true,
    listTools: async (caller) => {
      const lists = await Promise.all(
        serversByName(caller.fleet).map(async (server) => {
          const { name } = server;
          const tools = await toolsOrNone(parts.catalogue, caller.fleet, server);
          return [...tools.values()]
            .filter((tool) => isListed(parts, caller, server, tool))
            .map((tool) => renamed(tool, name, form));
        }),
      );
      return withoutCollisions(lists.flat());
    },
    capabilities: async () => ({ tools: { listChanged: true } }),
    instructions: async () => undefined,
  };
}

/** What only the agent's own process can run is nothing to offer to it. */
function isListed(parts: OperationParts, caller: McpCaller, server: ToolServer, tool: CatalogueTool): boolean {
  if (tool.state !== 'approved' || 'local' in server.transport) return false;
  return parts.mayListTool(caller.fleet.workspace, caller.agent.name, `${server.name}.${tool.definition.name}`);
}

/** What the upstream has and this agent may use. Sampling, subscriptions to resources and tasks are not relayed. */
function offered(parts: OperationParts, caller: McpCaller, server: string, upstream: JsonObject): JsonObject {
  const capabilities: Record<string, JsonObject> = { tools: { listChanged: true } };
  for (const [method, capability] of Object.entries(GOVERNED_METHODS) as [GovernedMethod, string][]) {
    if (
      upstream[capability] !== undefined &&
      parts.mayListTool(caller.fleet.workspace, caller.agent.name, `${server}.${method}`)
    )
      capabilities[capability] = {};
  }
  if (upstream.logging !== undefined) capabilities.logging = {};
  return capabilities;
}

function renamed(tool: CatalogueTool, server: string, form: NameForm): ToolDefinition {
  return { ...tool.definition, name: aggregateName(server, tool.definition.name, form) };
}

function withoutCollisions(tools: readonly ToolDefinition[]): ToolDefinition[] {
  const counts = new Map<string, number>();
  for (const { name } of tools) counts.set(name, (counts.get(name) ?? 0) + 1);
  return tools.filter(({ name }) => counts.get(name) === 1).sort((a, b) => (a.name < b.name ? -1 : 1));
}
