import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OfferedTool {
  name: string;
  description: string;
  inputSchema: object;
}
type Handler = (
  args: Record<string, unknown>,
  request: { tell(message: object): void; aborted: Promise<void>; meta: Record<string, unknown> },
) => Promise<object> | object;

interface Body extends Record<string, unknown> {
  readonly id?: unknown;
  readonly method: string;
  readonly params: {
    readonly name: string;
    readonly arguments: Record<string, unknown>;
    readonly _meta?: Record<string, unknown>;
  };
}

const DISCOVERED = { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
const INITIALIZED = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'x', version: '1' },
};

/** A tool server of either era whose tools a test scripts. */
export class ScriptedUpstream {
  readonly tools = new Map<string, { tool: OfferedTool; handler: Handler }>();
  readonly requests: { method: string; headers: IncomingMessage['headers']; body: Record<string, unknown> }[] = [];
  readonly #server: Server;
  era: 'legacy' | 'modern' = 'legacy';
  session = 1;
  url = '';

  static async start(): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream();
    await new Promise<void>((resolve) => upstream.#server.listen(0, '127.0.0.1', resolve));
    upstream.url = `http://127.0.0.1:${(upstream.#server.address() as AddressInfo).port}/mcp`;
    upstream.add('echo', { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }, (args) => ({
      content: [{ type: 'text', text: String(args.text) }],
    }));
    return upstream;
  }

  constructor() {
    this.#server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      if (request.method !== 'POST') return void response.writeHead(405).end();
      const body = JSON.parse(text) as Body;
      this.requests.push({ method: body.method, headers: request.headers, body });
      await this.#answer(body, request.headers['mcp-session-id'], response);
    });
  }

  async #answer(body: Body, session: unknown, response: ServerResponse): Promise<void> {
    const json = (value: object, headers = {}) =>
      void response
        .writeHead(200, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify({ jsonrpc: '2.0', id: body.id, ...value }));
    if (body.method === 'server/discover')
      return this.era === 'legacy' ? void response.writeHead(400).end() : json({ result: DISCOVERED });
    if (body.method === 'initialize') return json({ result: INITIALIZED }, { 'mcp-session-id': `s${this.session}` });
    if (body.id === undefined) return void response.writeHead(202).end();
    if (this.era === 'legacy' && session !== `s${this.session}`) return void response.writeHead(404).end();
    if (body.method === 'tools/list') return json({ result: { tools: [...this.tools.values()].map(({ tool }) => tool) } });
    const found = this.tools.get(body.params.name);
    if (found === undefined) return json({ error: { code: -32602, message: 'no such tool', data: { secret: 1 } } });
    await this.#run(found.handler, body, response, json);
  }

  /** Answers as JSON, or as a stream from the moment the handler tells something. */
  async #run(handler: Handler, body: Body, response: ServerResponse, json: (value: object) => void): Promise<void> {
    let streaming = false;
    const aborted = new Promise<void>((resolve) =>
      response.once('close', () => response.writableFinished || resolve()),
    );
    const tell = (message: object) => {
      if (!streaming) response.writeHead(200, { 'content-type': 'text/event-stream' });
      streaming = true;
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
    };
    const answer = await handler(body.params.arguments, { tell, aborted, meta: body.params._meta ?? {} });
    const result = this.era === 'modern' ? { resultType: 'complete', ...answer } : answer;
    if (!streaming) return json({ result });
    tell({ id: body.id, result });
    response.end();
  }

  add(name: string, inputSchema: object, handler: Handler, description = name): void {
    this.tools.set(name, { tool: { name, description, inputSchema }, handler });
  }

  calls(): unknown[] {
    return this.requests.filter(({ method }) => method === 'tools/call').map(({ body }) => body.params);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
