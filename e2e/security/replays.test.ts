import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callTool } from '../mcp/raw-client.ts';
import { say, startToolWorld, type ToolWorld } from '../mcp/tool-world.ts';

// The second call with a key gets what the first one got: also where that was nothing.

const SECRET = ['AKI', 'A3QJ7TTRW5VNXMZKL'].join('');

let world: ToolWorld;
let reeve: Reeve;
const keys: Record<string, string> = {};

beforeAll(async () => {
  world = await startToolWorld();
  world.offer('leak', () => say(SECRET));
  world.offer('break', (_args, response) => void response.destroy());
  const agent = (name: string) => `---
{ kind: Agent, name: ${name}, owner: maya@example.com, purpose: Test, tools: ["*"] }
`;
  const fleet = `{ kind: Workspace, name: default }
${agent('a')}${agent('b')}---
{ kind: Guardrails, name: g, agents: [a], checks: [{ check: secrets, on: [result], action: deny }] }
---
kind: ToolServer
name: desk
transport: { http: "${world.url}/mcp" }
tools: { leak: { effect: write }, break: { effect: write } }
`;
  const permit = 'permit(principal, action == Reeve::Action::"call", resource);';
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet, 'policies/all.cedar': permit } });
  for (const name of ['a', 'b']) keys[name] = await reeve.key(name);
});
afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const headers = (key: string) => ({ 'idempotency-key': key });
const overMcp = (as: string, tool: string, key: string) =>
  callTool({ url: reeve.url, key: keys[as] ?? '' }, '/mcp/desk', tool, {}, headers(key));
const overHttp = async (as: string, tool: string, key: string) => {
  const response = await fetch(`${reeve.url}/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys[as]}`, 'content-type': 'application/json', ...headers(key) },
    body: JSON.stringify({ tool: `desk.${tool}` }),
  });
  return { status: response.status, text: await response.text() };
};

describe.each(['leak', 'break'])('%s', (tool) => {
  test('over MCP', async () => {
    const first = await overMcp('a', tool, `mcp-${tool}`);
    const again = await overMcp('a', tool, `mcp-${tool}`);
    expect(first.result?.isError).toBe(true);
    expect([again.status, again.result?.isError]).toEqual([first.status, true]);
    expect(again.result?.content?.[0]?.text).toBe(first.result?.content?.[0]?.text);
    expect(JSON.stringify([first, again])).not.toContain(SECRET);
  });

  test('over HTTP', async () => {
    const first = await overHttp('a', tool, `http-${tool}`);
    const again = await overHttp('a', tool, `http-${tool}`);
    expect(again.status).toBe(first.status);
    expect((JSON.parse(again.text) as { error: { code: string } }).error.code).toBe(
      (JSON.parse(first.text) as { error: { code: string } }).error.code,
    );
    expect(first.text + again.text).not.toContain(SECRET);
  });
});

test('the same key of another agent is another key', async () => {
  await overHttp('a', 'leak', 'shared');
  expect((await overHttp('b', 'leak', 'shared')).text).toContain(SECRET);
  expect((await overHttp('a', 'leak', 'shared')).text).not.toContain(SECRET);
});

test('what became of an action is told to its agent alone, and without the rules behind it', async () => {
  const said = await overHttp('a', 'leak', 'own');
  const { action } = (JSON.parse(said.text) as { error: { action: string } }).error;
  const state = (as: string) =>
    fetch(`${reeve.url}/actions/${action}`, { headers: { authorization: `Bearer ${keys[as]}` } });
  const own = (await (await state('a')).json()) as { findings: { by: string; rule: unknown }[] };
  expect(own.findings.map(({ by }) => by)).toContain('guardrail');
  expect(own.findings.map(({ rule }) => rule).filter((rule) => rule !== null)).toEqual([]);
  expect((await state('b')).status).toBe(404);
});
