import { ReeveClient } from '@reeve/sdk';
import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callTool, codeOf, type Door, rpc, textOf, toolNames } from './raw-client.ts';
import { say, startToolWorld, type ToolWorld } from './tool-world.ts';

// Two workspaces have a server, an agent and a tool of the same name, and nothing else in common.

let worlds: Record<'red' | 'blue', ToolWorld>;
let reeve: Reeve;
let doors: Record<'red' | 'blue', Door>;

const fleet = (workspace: 'red' | 'blue') => `
kind: Workspace
name: ${workspace}
---
kind: Agent
name: clerk
owner: maya@example.com
purpose: Work in ${workspace}
tools: ["desk.*", "shop.*"]
---
kind: Secret
name: desk-key
from: { env: ${workspace.toUpperCase()}_KEY }
---
kind: ToolServer
name: desk
transport: { http: "${worlds[workspace].url}/mcp" }
credential: desk-key
tools: { look: { effect: read } }
---
kind: ToolServer
name: shop
transport: { api: "${worlds[workspace].url}/${workspace}" }
privateNetwork: true
tools: { get: { effect: read, request: { method: GET, path: /it } } }
`;

beforeAll(async () => {
  worlds = { red: await startToolWorld(), blue: await startToolWorld() };
  for (const name of ['red', 'blue'] as const) {
    worlds[name].offer('look', () => say(`a secret of ${name}`), { description: `Looks in ${name}` });
  }
  worlds.blue.offer('only_blue', () => say('blue'));
  reeve = await startReeve({
    fleet: { 'fleet.yaml': fleet('red') },
    environment: { RED_KEY: 'red-upstream-key', BLUE_KEY: 'blue-upstream-key' },
  });
  await reeve.admin.call('fleet.apply', { body: { files: [{ path: 'fleet.yaml', text: fleet('blue') }] } });
  const keyIn = async (workspace: string) =>
    (await reeve.admin.call('keys.create', { query: { workspace }, body: { agent: 'clerk' } })).key;
  doors = {
    red: { url: reeve.url, key: await keyIn('red') },
    blue: { url: reeve.url, key: await keyIn('blue') },
  };
});

afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await worlds?.red[Symbol.asyncDispose]();
  await worlds?.blue[Symbol.asyncDispose]();
});

test('each agent reaches the server of its own workspace, at the same time', async () => {
  const names = ['red', 'blue', 'red', 'blue'] as const;
  const answers = await Promise.all(names.map((name) => callTool(doors[name], '/mcp', 'desk.look', {})));
  expect(answers.map(textOf)).toEqual(names.map((name) => `a secret of ${name}`));
  const apis = await Promise.all(names.map((name) => callTool(doors[name], '/mcp', 'shop.get', {})));
  expect(apis.map(({ result }) => result?.structuredContent)).toMatchObject(
    names.map((name) => ({ path: `/${name}/it` })),
  );
});

test('lists and definitions are of one workspace', async () => {
  const { result } = await rpc(doors.red, '/mcp/desk', 'tools/list', {});
  expect(result?.tools).toMatchObject([{ name: 'look', description: 'Looks in red' }]);
  expect(await toolNames(doors.blue, '/mcp')).toEqual(['desk.look', 'shop.get']);
  expect(codeOf(await callTool(doors.red, '/mcp', 'desk.only_blue', {}))).toBe('-32602');
});

test('the same idempotency key is another key in the other workspace', async () => {
  const headers = { 'idempotency-key': 'shared' };
  const red = await callTool(doors.red, '/mcp', 'desk.look', {}, headers);
  const blue = await callTool(doors.blue, '/mcp', 'desk.look', {}, headers);
  expect([textOf(red), textOf(blue)]).toEqual(['a secret of red', 'a secret of blue']);
});

test("a legacy session does not open under the other workspace's key", async () => {
  const opened = await rpc(doors.red, '/mcp/desk', 'initialize', { protocolVersion: '2025-11-25', capabilities: {} });
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
  expect((await rpc(doors.red, '/mcp/desk', 'tools/list', {}, session)).status).toBe(200);
  expect((await rpc(doors.blue, '/mcp/desk', 'tools/list', {}, session)).status).toBe(404);
});

test('what one workspace did is not on the record of the other', async () => {
  const inBlue = new ReeveClient({ url: reeve.url, token: await tokenOf(), workspace: 'blue' });
  const red = await callTool(doors.red, '/mcp', 'desk.look', {});
  const action = red.headers.get('x-reeve-action') ?? '';
  await expect(inBlue.call('actions.get', { params: { action } })).rejects.toMatchObject({ code: 'not_found' });
  const state = await fetch(new URL(`/actions/${action}`, reeve.url), {
    headers: { authorization: `Bearer ${doors.blue.key}` },
  });
  expect(state.status).toBe(404);
});

async function tokenOf(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return (await readFile(`${reeve.data}/admin-token`, 'utf8')).trim();
}
