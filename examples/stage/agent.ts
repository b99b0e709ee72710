import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

export interface Answer {
  /** Whether the tool acted. */
  readonly passed: boolean;
  readonly text: string;
}

/** An agent as Reeve meets it: an official MCP client that knows nothing of Reeve but an address and a key. */
export interface AgentClient extends AsyncDisposable {
  /** The run that its calls belong to. */
  readonly run: string;
  call(tool: string, args: Record<string, unknown>): Promise<Answer>;
}

export async function connectAgent(url: string, key: string, run: string): Promise<AgentClient> {
  const client = new Client({ name: 'story', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const headers = { authorization: `Bearer ${key}`, 'x-reeve-run': run };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers } }));
  return {
    run,
    async call(tool, args) {
      const result = await client.callTool({ name: tool, arguments: args });
      const content = (result.content ?? []) as { text?: string }[];
      return { passed: result.isError !== true, text: content.map(({ text }) => text ?? '').join(' ') };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
