import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callTool } from '../mcp/raw-client.ts';
import { startToolWorld, type ToolWorld } from '../mcp/tool-world.ts';

// The ledger is public and nothing in it can be erased: what an agent or a tool chose to write must not get there.

const MARK = 'Ada-has-the-flu';

let world: ToolWorld;
let reeve: Reeve;
let key: string;

beforeAll(async () => {
  world = await startToolWorld();
  world.offer('strict', () => ({ content: [] }), {
    inputSchema: { type: 'object', properties: { kind: { enum: [MARK] } }, additionalProperties: false },
  });
  world.offer('free', () => ({
    content: [{ type: 'text', text: 'x', [`${MARK} again`]: `write to a.b@example.com` }],
  }));
  const fleet = `{ kind: Workspace, name: default }
---
{ kind: Agent, name: a, owner: maya@example.com, purpose: Test, tools: ["*"], models: ["*"] }
---
{ kind: Guardrails, name: g, agents: [a], checks: [{ check: email, on: [arguments, result], action: deny }] }
---
kind: ToolServer
name: desk
transport: { http: "${world.url}/mcp" }
tools: { strict: { effect: read }, free: { effect: read } }
`;
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet } });
  key = await reeve.key('a');
});
afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

test('what is quoted in refusals stays out of it', async () => {
  const door = { url: reeve.url, key };
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(new URL(path, reeve.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const chat = { model: `x "${MARK} y`, messages: [] };
  const calls = [
    () => post('/v1/chat/completions', chat),
    () => post('/v1/chat/completions', { ...chat, model: MARK }, { 'x-reeve-parent-run': MARK }),
    () => callTool(door, '/mcp/desk', 'strict', { [`${MARK} "x`]: 1 }),
    () => callTool(door, '/mcp/desk', 'strict', { kind: 'other' }),
    () => callTool(door, '/mcp/desk', 'free', { [`${MARK} "y`]: 'write to a.b@example.com' }),
    () => callTool(door, '/mcp/desk', 'free', {}),
  ];
  for (const call of calls) await call();
  const { items } = await reeve.admin.call('audit.entries', { query: { limit: 200 } });
  const text = JSON.stringify(items);
  expect(text).toContain('action.refused');
  expect(text).not.toContain(MARK);
  expect(text).not.toContain('a.b@example.com');
  const actions = await reeve.admin.call('actions.list', { query: {} });
  expect(actions.items.length).toBe(calls.length);
});
