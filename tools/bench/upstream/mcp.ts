/** A tool server of the newest protocol era with one tool that writes. */
export const MCP_VERSION = '2026-07-28';
export const MCP_TOOL = 'save_note';
export const MCP_ANSWER = 'note saved';

const TOOL = {
  name: MCP_TOOL,
  description: 'Saves a note.',
  inputSchema: {
    type: 'object',
    properties: { title: { type: 'string', maxLength: 200 }, text: { type: 'string', maxLength: 10_000 } },
    required: ['title', 'text'],
    additionalProperties: false,
  },
};

const RESULTS: Readonly<Record<string, object>> = {
  'server/discover': { supportedVersions: [MCP_VERSION], capabilities: { tools: {} } },
  'tools/list': { tools: [TOOL] },
  'tools/call': { content: [{ type: 'text', text: MCP_ANSWER }], isError: false },
};

/** The answer to one JSON-RPC request; undefined for a notification. */
export function answerMcp(body: Buffer): string | undefined {
  const { id, method } = JSON.parse(body.toString('utf8')) as { id?: number | string; method: string };
  if (id === undefined) return undefined;
  const result = RESULTS[method];
  if (result === undefined)
    return JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: `no method ${method}` } });
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    result: { ...result, resultType: 'complete', ttlMs: 600_000, cacheScope: 'private' },
  });
}
