import { ReeveServer } from '../arms/reeve-server.ts';
import { TOOL_SERVER } from '../fleet/bench-fleet.ts';
import { MCP_ANSWER, MCP_TOOL, MCP_VERSION } from '../upstream/mcp.ts';
import { post, type Target } from '../wire/target.ts';
import type { Bench } from './bench.ts';
import { measurePair, type Pair } from './pair.ts';

/** A tool call that writes: its intent is on disk before the tool server hears of it. */
export async function measureMcp({ load, upstream, plan, say }: Bench): Promise<Pair> {
  await using server = await ReeveServer.start({
    upstreamPort: upstream.port,
    agents: 2,
    ownPolicies: 2,
    guardrails: false,
  });
  const headers = await server.keys([0]);
  const job = (target: Target) =>
    ({ kind: 'open', target, perSecond: plan.mcpPerSecond, seconds: plan.latencySeconds }) as const;
  const governed = mcpTarget(server.port, `/mcp/${TOOL_SERVER}`, headers[0] ?? {});
  const pair = await measurePair(load, plan.rounds, job(mcpTarget(upstream.port, '/mcp', {})), job(governed));
  say(`mcp         added p50 ${pair.addedP50Ms.median.toFixed(3)} ms`);
  return pair;
}

function mcpTarget(port: number, path: string, credential: Readonly<Record<string, string>>): Target {
  const headers = {
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': MCP_VERSION,
    'mcp-method': 'tools/call',
    'mcp-name': MCP_TOOL,
    ...credential,
  };
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: {
      name: MCP_TOOL,
      arguments: { title: 'order 4711', text: 'The customer asked for the invoice again.' },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': MCP_VERSION,
        'io.modelcontextprotocol/clientInfo': { name: 'reeve-bench', version: '1.0.0' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  };
  return { port, requests: [post(port, path, headers, body)], expect: MCP_ANSWER };
}
