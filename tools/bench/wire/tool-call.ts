import { MCP_ANSWER, MCP_TOOL, MCP_VERSION } from '../upstream/mcp.ts';
import { post, type Target } from './target.ts';

const ARGUMENTS = { title: 'order 4711', text: 'The customer asked for the invoice again.' };

/** Calls of the upstream's tool at this address, with each of these sets of headers and titles in turn. */
export function toolCallTarget(
  port: number,
  path: string,
  calls: readonly { readonly headers: Readonly<Record<string, string>>; readonly title?: string }[],
): Target {
  const requests = calls.map(({ headers, title }) =>
    post(port, path, { ...HEADERS, ...headers }, body(title ?? ARGUMENTS.title)),
  );
  return { port, requests, expect: MCP_ANSWER };
}

const HEADERS = {
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': MCP_VERSION,
  'mcp-method': 'tools/call',
  'mcp-name': MCP_TOOL,
};

function body(title: string): object {
  return {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: {
      name: MCP_TOOL,
      arguments: { ...ARGUMENTS, title },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': MCP_VERSION,
        'io.modelcontextprotocol/clientInfo': { name: 'reeve-bench', version: '1.0.0' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  };
}
