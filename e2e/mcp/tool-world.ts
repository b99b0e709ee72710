import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Args = Readonly<Record<string, unknown>>;

export interface WorldTool {
  readonly definition: { readonly name: string } & Args;
  /** A result, or anything at all done to the response. */
  readonly answer: (args: Args, response: ServerResponse) => object | undefined | Promise<object | undefined>;
}

/** What lies beyond Reeve in these tests: an MCP server at `/mcp` and an HTTP API for everything else. */
export interface ToolWorld extends AsyncDisposable {
  readonly url: string;
  /** Tools of the MCP server; a test may change them. */
  readonly tools: Map<string, WorldTool>;
  /** Calls that arrived, MCP by tool, HTTP by method and path. */
  readonly calls: { readonly what: string; readonly args: Args }[];
  offer(name: string, answer: WorldTool['answer'], more?: object): void;
}

export async function startToolWorld(): Promise<ToolWorld> {
  const tools: ToolWorld['tools'] = new Map();
  const calls: { what: string; args: Args }[] = [];
  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      if (request.url === '/mcp') return answerMcp({ tools, calls }, request, body, response);
      calls.push({ what: `${request.method} ${request.url}`, args: body ?? {} });
      if (request.url?.endsWith('/missing') === true) return json(response, 404, { error: 'no such order' });
      return json(response, 200, { id: `ord_${calls.length}`, path: request.url });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tools,
    calls,
    offer: (name, answer, more = {}) => {
      tools.set(name, { definition: { name, inputSchema: { type: 'object' }, ...more }, answer });
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function say(text: string): object {
  return { content: [{ type: 'text', text }] };
}

interface Message extends Args {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly arguments?: Args };
}

async function answerMcp(
  world: Pick<ToolWorld, 'tools' | 'calls'>,
  request: IncomingMessage,
  body: Message | undefined,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST' || body === undefined) return void response.writeHead(405).end();
  if (body.id === undefined) return void response.writeHead(202).end();
  const { id, method, params } = body;
  if (method === 'initialize') return json(response, 200, { jsonrpc: '2.0', id, result: INITIALIZED });
  if (method === 'tools/list') {
    const tools = [...world.tools.values()].map(({ definition }) => definition);
    return json(response, 200, { jsonrpc: '2.0', id, result: { tools } });
  }
  const tool = world.tools.get(params?.name ?? '');
  if (method !== 'tools/call' || tool === undefined)
    return json(response, 200, { jsonrpc: '2.0', id, error: { code: -32601, message: 'not here' } });
  world.calls.push({ what: tool.definition.name, args: params?.arguments ?? {} });
  const result = await tool.answer(params?.arguments ?? {}, response);
  if (result === undefined) return;
  json(response, 200, { jsonrpc: '2.0', id, ...('error' in result ? result : { result }) });
}

const INITIALIZED = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'world', version: '1' },
};

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function readJson(request: IncomingMessage): Promise<Message | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : (JSON.parse(text) as Message);
}
