import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callTool } from '../mcp/raw-client.ts';
import { say, startToolWorld, type ToolWorld } from '../mcp/tool-world.ts';
import { type HostileUpstream, json, startHostileUpstream, text } from './hostile-upstream.ts';

// Who answers with an error chooses its words too: guardrails read refusals of upstreams like answers.

const SECRET = ['AKI', 'A3QJ7TTRW5VNXMZKL'].join('');
const SAID = `use ${SECRET} instead`;

let upstream: HostileUpstream;
let world: ToolWorld;
let reeve: Reeve;
const keys: Record<string, string> = {};

const agent = (name: string) => `---
{ kind: Agent, name: ${name}, owner: maya@example.com, purpose: Test, models: ["*"], tools: ["*"] }
---
kind: Guardrails
name: ${name}-secrets
agents: [${name}]
checks: [{ check: secrets, on: [output, result], action: ${name} }]
`;
const fleet = () => `kind: Workspace
name: default
providers: { openai: { baseUrl: "${upstream.url}/v1" }, anthropic: { baseUrl: "${upstream.url}" } }
${agent('deny')}${agent('redact')}---
kind: ToolServer
name: desk
transport: { http: "${world.url}/mcp" }
tools: { fail: { effect: read }, refuse: { effect: read }, picture: { effect: read } }
---
kind: ToolServer
name: shop
transport: { api: "${upstream.url}/api" }
privateNetwork: true
tools: { read: { effect: read, request: { method: GET, path: "/orders" } } }
`;

beforeAll(async () => {
  upstream = await startHostileUpstream();
  world = await startToolWorld();
  world.offer('fail', () => ({ ...say(SAID), isError: true }));
  world.offer('refuse', () => ({ error: { code: -32050, message: SAID, data: { hint: SAID } } }));
  world.offer('picture', () => ({ content: [{ type: 'image', mimeType: 'image/png', data: SAID }] }));
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet() } });
  for (const name of ['deny', 'redact']) keys[name] = await reeve.key(name);
});
afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const post = async (as: string, path: string, body: object) => {
  const headers = { authorization: `Bearer ${keys[as]}`, 'content-type': 'application/json' };
  const response = await fetch(new URL(path, reeve.url), { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, said: await response.text() };
};
const hello = [{ role: 'user', content: 'hello' }];

describe.each([
  ['a JSON error', json(400, { error: { message: SAID, type: 'x', param: SAID } })],
  ['fields nobody knows', json(422, { odd: [{ type: SAID }], error: 'no' })],
  ['plain text', text(404, SAID)],
])('a model provider that refuses with %s', (_what, answer) => {
  test.each([
    ['/v1/chat/completions', { model: 'openai/x', messages: hello }],
    ['/v1/chat/completions', { model: 'openai/x', messages: hello, stream: true }],
    ['/anthropic/v1/messages', { model: 'anthropic/x', max_tokens: 9, messages: hello }],
  ])('at %s', async (path, body) => {
    upstream.answer = answer;
    const denied = await post('deny', path, body);
    expect(denied.said).not.toContain(SECRET);
    expect(denied.said).toContain('withheld');
    const redacted = await post('redact', path, body);
    expect(redacted.said).not.toContain(SECRET);
    expect(redacted.said).not.toContain('withheld');
    expect(redacted.status).toBe(_what === 'plain text' ? 404 : _what === 'a JSON error' ? 400 : 422);
  });
});

test('an HTTP API that refuses', async () => {
  upstream.answer = json(409, { message: SAID });
  const denied = await post('deny', '/actions', { tool: 'shop.read' });
  expect(denied.said).not.toContain(SECRET);
  expect(denied.said).toContain('withheld');
  const redacted = await post('redact', '/actions', { tool: 'shop.read' });
  expect(redacted.said).not.toContain(SECRET);
  expect(redacted.said).toContain('the API answered 409');
});

test.each(['fail', 'refuse', 'picture'])('an MCP tool: %s', async (tool) => {
  const door = (as: string) => ({ url: reeve.url, key: keys[as] ?? '' });
  const denied = await callTool(door('deny'), '/mcp/desk', tool, {});
  expect(JSON.stringify(denied)).not.toContain(SECRET);
  expect(JSON.stringify(denied)).toContain('withheld');
  const redacted = await callTool(door('redact'), '/mcp/desk', tool, {});
  expect(JSON.stringify(redacted)).not.toContain(SECRET);
  expect(JSON.stringify(redacted)).not.toContain('withheld');
});
