import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { RunTreeView } from '@reeve/contracts';
import { type ModelProvider, type Reeve, simulatedWorkspace, startModelProvider, startReeve } from '@reeve/testkit';
import { say, startToolWorld, type ToolWorld } from '../mcp/tool-world.ts';

const KEY = 'upstream-key-that-no-agent-knows';

export interface FlowPlane extends AsyncDisposable {
  readonly reeve: Reeve;
  readonly provider: ModelProvider;
  readonly world: ToolWorld;
  /** What each address answers to `web.fetch`. */
  readonly pages: Map<string, string>;
  /** Mails that were sent. */
  mails(): readonly Readonly<Record<string, unknown>>[];
  /** Runs of an agent, newest first, with all that happened in them. */
  runs(agent: string): Promise<readonly RunTreeView[]>;
}

/** Agents that read pages of untrusted web and may send mail, before simulated models that do what the last text tells them. */
export async function startFlowPlane(): Promise<FlowPlane> {
  const [provider, world] = await Promise.all([startModelProvider({ apiKey: KEY }), startToolWorld()]);
  const pages = new Map<string, string>();
  const text = { type: 'string' };
  world.offer('fetch', ({ url }) => say(pages.get(String(url)) ?? 'nothing there'), {
    inputSchema: { type: 'object', properties: { url: text }, required: ['url'] },
  });
  world.offer('send', () => say('sent'), {
    inputSchema: { type: 'object', properties: { to: text, body: text }, required: ['to', 'body'] },
  });
  world.offer('inbox', () => say('From Kim: the plan is to launch in May.'));
  const reeve = await startReeve({
    environment: { KEY },
    fleet: { 'fleet.yaml': fleetOf(provider.url, world.url), 'policies/own.cedar': POLICIES },
  });
  return {
    reeve,
    provider,
    world,
    pages,
    mails: () => world.calls.filter(({ what }) => what === 'send').map(({ args }) => args),
    runs: async (agent) => {
      const { items } = await reeve.admin.call('runs.list', { query: { agent } });
      return Promise.all(items.map(({ id }) => reeve.admin.call('runs.get', { params: { run: id } })));
    },
    async [Symbol.asyncDispose]() {
      await reeve[Symbol.asyncDispose]();
      await provider.close();
      await world[Symbol.asyncDispose]();
    },
  };
}

export const AGENTS = [
  'chat',
  'stream',
  'responses',
  'claude',
  'gemini',
  'other',
  'parallel',
  'restless',
  'released',
  'lethal',
  'eager',
  'killed',
  'cleared',
] as const;

function fleetOf(provider: string, world: string): string {
  const agents = AGENTS.map(
    (name) =>
      `{ kind: Agent, name: ${name}, owner: maya@example.com, purpose: Answers mail, models: ["*"], tools: [web.fetch, mail.inbox, mail.send] }\n---\n`,
  );
  return `${simulatedWorkspace({ url: provider, keyFrom: 'KEY' })}---
${agents.join('')}{ kind: ToolServer, name: web, trust: untrusted, privateNetwork: true, transport: { http: "${world}/mcp" }, tools: { fetch: { effect: read } } }
---
{ kind: ToolServer, name: mail, privateNetwork: true, transport: { http: "${world}/mcp" }, tools: { inbox: { effect: read, trust: untrusted, labels: ["private:mail"] }, send: { effect: send, deciding: [args.to], destination: args.to } } }
---
{ kind: Agent, name: reader, owner: maya@example.com, purpose: Reads, tools: [web.fetch] }
---
kind: RiskRules
name: outside
agents: [cleared]
rules:
  - id: collector
    when: 'action.tool == "mail.send" && args.to.endsWith("@collector.example")'
    declassify: true
    say: reports go to the collector, whoever asks for them
`;
}

const POLICIES = 'permit(principal, action == Reeve::Action::"call", resource == Reeve::Tool::"mail.send");';

/** An unmodified MCP client at the aggregate endpoint: it names no run. */
export async function connectTools(url: string, key: string): Promise<Client> {
  const client = new Client({ name: 'an-agent', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  return client;
}
