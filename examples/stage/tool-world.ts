import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

type Args = Readonly<Record<string, unknown>>;

export interface Tool {
  readonly description: string;
  readonly properties: Readonly<Record<string, object>>;
  /** What it does and answers. */
  readonly act: (args: Args) => string;
}

/** What the tool servers really did, in order: the only truth about effects. */
export interface Deed {
  /** `server.tool`. */
  readonly tool: string;
  readonly args: Args;
}

export interface ToolWorld extends AsyncDisposable {
  readonly url: string;
  readonly deeds: readonly Deed[];
  /** How often this tool acted, with these arguments among its own where they are given. */
  count(tool: string, args?: Args): number;
}

/** MCP servers of the official SDK on one local port, each at a path of its own: `/erp`, `/crm`. They keep what they did. */
export async function startToolWorld(
  servers: Readonly<Record<string, Readonly<Record<string, Tool>>>>,
): Promise<ToolWorld> {
  const deeds: Deed[] = [];
  const http = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    const tools = servers[name];
    if (tools === undefined) return void response.writeHead(404).end();
    serve(name, tools, deeds, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    deeds,
    count: (tool, args = {}) => deeds.filter((deed) => deed.tool === tool && includes(deed.args, args)).length,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** Without sessions: a server of the SDK for each request. */
async function serve(
  name: string,
  tools: Readonly<Record<string, Tool>>,
  deeds: Deed[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const server = new Server({ name, version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.entries(tools).map(([tool, { description, properties }]) => ({
      name: tool,
      description,
      inputSchema: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const tool = tools[params.name];
    if (tool === undefined) throw new Error(`no tool ${params.name}`);
    const args = params.arguments ?? {};
    deeds.push({ tool: `${name}.${params.name}`, args });
    return { content: [{ type: 'text', text: tool.act(args) }] };
  });
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  response.on('close', () => void server.close());
  await server.connect(transport as Parameters<Server['connect']>[0]);
  await transport.handleRequest(request, response);
}

function includes(args: Args, some: Args): boolean {
  return Object.entries(some).every(([name, value]) => args[name] === value);
}
