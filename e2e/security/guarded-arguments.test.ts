import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callTool, rpc } from '../mcp/raw-client.ts';
import { startToolWorld, type ToolWorld } from '../mcp/tool-world.ts';

// Content may hide where no string is: in names of members and in numbers, on the way in and on the way out.

const CARD = 4_111_111_111_111_111;
const SPACED = '4111 1111 1111 1111';

let world: ToolWorld;
let reeve: Reeve;
const keys: Record<string, string> = {};

const agent = (name: string, check = 'credit-card') => `---
{ kind: Agent, name: ${name}, owner: maya@example.com, purpose: Test, tools: ["*"] }
---
kind: Guardrails
name: ${name}-cards
agents: [${name}]
checks: [{ check: ${check}, on: [arguments, result], action: ${name === 'form' ? 'deny' : name} }]
`;

beforeAll(async () => {
  world = await startToolWorld();
  world.offer('echo', (args) => ({ content: [], structuredContent: { heard: Object.keys(args).length } }));
  world.offer('tell', () => ({ content: [], structuredContent: { [SPACED]: true, card: CARD } }));
  const fleet = `{ kind: Workspace, name: default }
${agent('deny')}${agent('redact')}${agent('form', 'json-schema')}---
kind: ToolServer
name: desk
transport: { http: "${world.url}/mcp" }
tools: { echo: { effect: read }, tell: { effect: read } }
`;
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet } });
  for (const name of ['deny', 'redact', 'form']) keys[name] = await reeve.key(name);
});
afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const call = async (as: string, tool: string, args: object) =>
  JSON.stringify(await callTool({ url: reeve.url, key: keys[as] ?? '' }, '/mcp/desk', tool, args));

describe.each([
  ['a name', { deep: [{ [SPACED]: 1 }] }],
  ['a number', { deep: [{ n: CARD }] }],
])('a card number in %s of the arguments', (_where, args) => {
  test('is refused', async () => {
    const before = world.calls.length;
    const said = await call('deny', 'echo', args);
    expect(said).toContain('guardrail_blocked');
    expect(said).not.toContain('4111');
    expect(world.calls.length).toBe(before);
  });
  test('is redacted', async () => {
    expect(await call('redact', 'echo', args)).toContain('"heard":1');
    expect(JSON.stringify(world.calls.at(-1))).not.toContain('4111');
  });
});

test('trace state is text like any other', async () => {
  const _meta = { tracestate: `x=${SPACED}` };
  const trace = (as: string) =>
    rpc({ url: reeve.url, key: keys[as] ?? '' }, '/mcp/desk', 'tools/call', { name: 'echo', arguments: {}, _meta });
  expect(JSON.stringify(await trace('deny'))).toContain('guardrail_blocked');
  expect((await trace('redact')).result?.structuredContent).toEqual({ heard: 0 });
});

test('what a tool tells that way is withheld or redacted', async () => {
  expect(await call('deny', 'tell', {})).toContain('withheld');
  const redacted = await call('redact', 'tell', {});
  expect(redacted).not.toContain('4111');
  expect(redacted).toContain('"card":"[');
});

test('names and numbers need not be texts of the form that texts must have', async () => {
  expect(await call('form', 'echo', { count: 123_456_789 })).toContain('"heard":1');
});
