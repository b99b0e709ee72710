import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelProvider, type Reeve, simulatedWorkspace, startModelProvider, startReeve } from '@reeve/testkit';
import { startToolUpstream, type ToolUpstream } from './tool-upstream.ts';

export interface HardeningPlane extends AsyncDisposable {
  readonly reeve: Reeve;
  readonly provider: ModelProvider;
  readonly tools: ToolUpstream;
  readonly agentKey: string;
  readonly adminToken: string;
  /** Calls that reached any upstream. */
  upstreamCalls(): number;
}

export const UPSTREAM_SECRET = 'upstream-secret-canary-8d1f0c52';

/** A server with every surface: three model APIs, an MCP server and an HTTP API. */
export async function startHardeningPlane(flags: Readonly<Record<string, string>> = {}): Promise<HardeningPlane> {
  const provider = await startModelProvider({ apiKey: UPSTREAM_SECRET, keep: 5 });
  const tools = await startToolUpstream();
  const reeve = await startReeve({
    environment: { UPSTREAM_SECRET },
    fleet: { 'fleet.yaml': fleetOf(provider.url, tools.url) },
    flags,
  });
  return {
    reeve,
    provider,
    tools,
    agentKey: await reeve.key('tester'),
    adminToken: readFileSync(join(reeve.data, 'admin-token'), 'utf8').trim(),
    upstreamCalls: () => provider.count() + tools.count(),
    async [Symbol.asyncDispose]() {
      await reeve[Symbol.asyncDispose]();
      await provider.close();
      await tools[Symbol.asyncDispose]();
    },
  };
}

export function fleetOf(models: string, tools: string): string {
  return `${simulatedWorkspace({ url: models, keyFrom: 'UPSTREAM_SECRET' })}---
kind: Agent
name: tester
owner: maya@example.com
purpose: Sends what no client should send
models: ["*"]
tools: ["*"]
limits: { toolCallsPerRun: 10000000, toolCallsPerMinute: 10000000, modelCallsPerRun: 10000000, modelCallsPerMinute: 10000000 }
budgets: [{ per: day, usd: 1000000 }]
---
{ kind: Model, name: fast, targets: [{ provider: openai, model: gpt-x }], retry: { attempts: 0 } }
---
{ kind: Model, name: slow-stream, targets: [{ provider: openai, model: sim-slow-stream }], retry: { attempts: 0 } }
---
kind: ToolServer
name: echo
transport: { http: "${tools}/mcp" }
credential: main
tools: { echo: { effect: read } }
---
kind: ToolServer
name: orders
transport: { api: "${tools}" }
credential: main
privateNetwork: true
tools:
  read: { effect: read, request: { method: GET, path: "/orders" } }
`;
}
