import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ToolUpstream extends AsyncDisposable {
  readonly url: string;
  /** Calls of tools that arrived, over MCP or as plain HTTP. */
  count(): number;
  /** Headers of all requests, for a look at what was sent on. */
  readonly seen: string[];
}

const MAX_SEEN = 200;

/** An MCP server at /mcp with the tool `echo`, and an HTTP API at /orders. */
export async function startToolUpstream(): Promise<ToolUpstream> {
  let calls = 0;
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      if (seen.push(JSON.stringify(request.headers)) > MAX_SEEN) seen.shift();
      const isCall = request.url !== '/mcp' || body.includes('"tools/call"');
      if (isCall) calls += 1;
      if (request.url === '/mcp') answerMcp(request.method ?? '', body, response);
      else json(response, { id: `ord_${calls}` });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => calls,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const TOOLS = [
  { name: 'echo', inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } },
];

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly arguments?: { readonly text?: string } };
}

function answerMcp(method: string, body: string, response: ServerResponse): void {
  if (method !== 'POST') {
    response.writeHead(405).end();
    return;
  }
  const message = JSON.parse(body) as Message;
  const { id } = message;
  if (id === undefined) {
    response.writeHead(202).end();
    return;
  }
  json(response, { jsonrpc: '2.0', id, ...replyTo(message) });
}

function replyTo({ method, params }: Message): object {
  switch (method) {
    case 'initialize': {
      const serverInfo = { name: 'echo', version: '1' };
      return { result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } };
    }
    case 'tools/list':
      return { result: { tools: TOOLS } };
    case 'tools/call':
      return { result: { content: [{ type: 'text', text: String(params?.arguments?.text) }] } };
    default:
      return { error: { code: -32601, message: 'Method not found' } };
  }
}

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
