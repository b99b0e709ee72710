import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { say, startToolWorld, type ToolWorld } from '../mcp/tool-world.ts';

// Unmodified official MCP clients of both eras: held, approved by a person, executed once however many call at once.

let world: ToolWorld;
let reeve: Reeve;
let key: string;

const fleet = (url: string) => `
kind: Workspace
name: default
---
kind: Agent
name: clerk
owner: maya@example.com
purpose: Pays what is due
tools: ["desk.*"]
limits: { toolCallsPerMinute: 10000, toolCallsPerRun: 10000, retriesPerCall: 10000 }
---
kind: ToolServer
name: desk
transport: { http: "${url}/mcp" }
privateNetwork: true
tools:
  pay: { effect: pay, reversible: irreversible }
  look: { effect: read }
`;

beforeAll(async () => {
  world = await startToolWorld();
  world.offer('pay', ({ cents }) => say(`paid ${String(cents)}`));
  world.offer('look', () => say('all is well'));
  const policies = 'permit(principal, action == Reeve::Action::"call", resource);';
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet(world.url), 'policies/all.cedar': policies } });
  key = await reeve.key('clerk');
});
afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  world.calls.length = 0;
});

interface AnyClient {
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const requestInit = () => ({ headers: { authorization: `Bearer ${key}` } });

async function modern(): Promise<AnyClient> {
  const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const transport = new StreamableHTTPClientTransport(new URL('/mcp/desk', reeve.url), { requestInit: requestInit() });
  await client.connect(transport);
  return client as unknown as AnyClient;
}

async function legacy(): Promise<AnyClient> {
  const client = new ClientV1({ name: 'e2e', version: '1' });
  const transport = new TransportV1(new URL('/mcp/desk', reeve.url), { requestInit: requestInit() });
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  return client as unknown as AnyClient;
}

it.each([
  ['of the present era', modern, 11],
  ['of the era before', legacy, 12],
])('a client %s is held, and of 20 calls at once after the approval one is executed', async (_era, connect, cents) => {
  const client = await connect();
  const pay = () => client.callTool({ name: 'pay', arguments: { cents } });
  const held = await pay();
  const approval = /apr_[0-9a-z]{25}/.exec(JSON.stringify(held))?.[0] ?? '';
  expect([held.isError, approval]).toEqual([true, expect.stringMatching(/^apr_/)]);
  expect(JSON.stringify(await client.callTool({ name: 'look', arguments: {} }))).toContain('all is well');
  const { digest } = await reeve.admin.call('approvals.get', { params: { approval } });
  await reeve.admin.call('approvals.approve', { params: { approval }, body: { digest } });
  const results = await Promise.all(Array.from({ length: 20 }, pay));
  expect(results.filter((result) => result.isError !== true)).toHaveLength(1);
  expect(world.calls.filter(({ what }) => what === 'pay')).toEqual([{ what: 'pay', args: { cents } }]);
  expect((await pay()).isError).toBe(true);
  await client.close();
});

it('a call that is refused by a person says why to the agent', async () => {
  const client = await modern();
  const pay = () => client.callTool({ name: 'pay', arguments: { cents: 13 } });
  const approval = /apr_[0-9a-z]{25}/.exec(JSON.stringify(await pay()))?.[0] ?? '';
  await reeve.admin.call('approvals.deny', { params: { approval }, body: { reason: 'ask finance' } });
  const refused = await pay();
  expect([refused.isError, JSON.stringify(refused).includes('ask finance')]).toEqual([true, true]);
  expect(world.calls.filter(({ what }) => what === 'pay')).toEqual([]);
  await client.close();
});
