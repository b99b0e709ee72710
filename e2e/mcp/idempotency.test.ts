import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callTool, codeOf, type Door, textOf } from './raw-client.ts';
import { say, startToolWorld, type ToolWorld } from './tool-world.ts';

// `Idempotency-Key` over MCP: what carries the same key is executed once, and every caller gets the one reply.

let world: ToolWorld;
let reeve: Reeve;
let door: Door;

const fleet = (url: string) => `
kind: Workspace
name: default
---
kind: Agent
name: clerk
owner: maya@example.com
purpose: Pay once
tools: ["desk.*", "shop.*"]
---
kind: Agent
name: other
owner: maya@example.com
purpose: Use the same key
tools: ["desk.*"]
---
kind: ToolServer
name: desk
transport: { http: "${url}/mcp" }
tools:
  pay: { effect: pay, costUsd: 0.5, sideEffect: result.id }
  fail: { effect: write }
  refuse: { effect: write }
---
kind: ToolServer
name: shop
transport: { api: "${url}/v1" }
privateNetwork: true
tools:
  order: { effect: write, request: { method: POST, path: "/orders" } }
`;
const POLICIES = 'permit(principal, action == Reeve::Action::"call", resource);';

beforeAll(async () => {
  world = await startToolWorld();
  world.offer('pay', ({ cents }) => say(JSON.stringify({ id: `pay_${world.calls.length}`, cents })));
  world.offer('fail', () => ({ ...say('out of paper'), isError: true }));
  world.offer('refuse', () => ({ error: { code: -32050, message: 'closed today' } }));
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet(world.url), 'policies/all.cedar': POLICIES } });
  door = { url: reeve.url, key: await reeve.key('clerk') };
});

beforeEach(() => {
  world.calls.length = 0;
});

afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const pay = (key: string, cents = 500, as = door) =>
  callTool(as, '/mcp', 'desk.pay', { cents }, { 'idempotency-key': key });

test('ten calls at once are one payment, and all are told of it', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => pay('k-1')));
  expect(world.calls).toHaveLength(1);
  expect(new Set(answers.map(textOf))).toEqual(new Set(['{"id":"pay_1","cents":500}']));
  const late = await pay('k-1');
  expect(textOf(late)).toBe('{"id":"pay_1","cents":500}');
  expect(world.calls).toHaveLength(1);
  const first = answers.find(({ headers }) => headers.get('x-reeve-replay-of') === null);
  expect(late.headers.get('x-reeve-replay-of')).toBe(first?.headers.get('x-reeve-action'));
  // Each is an action of its own, and only one of them cost money.
  const costs = [...answers, late].map(({ headers }) => headers.get('x-reeve-cost-usd'));
  expect(costs.filter((cost) => Number(cost) > 0)).toEqual(['0.5']);
  expect(new Set([...answers, late].map(({ headers }) => headers.get('x-reeve-action'))).size).toBe(11);
});

test('the key of another request is refused, the key of another agent is another key', async () => {
  await pay('k-2');
  const mismatch = await pay('k-2', 501);
  expect(codeOf(mismatch)).toBe('idempotency_mismatch');
  const other = { url: reeve.url, key: await reeve.key('other') };
  expect(codeOf(await pay('k-2', 501, other))).toBe('succeeded');
  expect(world.calls).toHaveLength(2);
});

test('a key that is none is refused before anything happens', async () => {
  for (const key of ['has space', 'x'.repeat(256)]) expect(codeOf(await pay(key)), key).toBe('-32602');
  expect(world.calls).toEqual([]);
});

test.each([
  ['a tool that failed', 'fail', { result: { isError: true } }],
  ['an upstream that answered an error', 'refuse', { error: { code: -32050, message: 'closed today' } }],
])('%s answers the same again', async (_name, tool, shape) => {
  const call = () => callTool(door, '/mcp/desk', tool, {}, { 'idempotency-key': `k-${tool}` });
  const first = await call();
  const again = await call();
  expect(first).toMatchObject(shape);
  expect(again).toMatchObject(shape);
  expect([textOf(first), codeOf(first)]).toEqual([textOf(again), codeOf(again)]);
  expect(world.calls).toHaveLength(1);
});

test('a key holds over all doors: an order placed over /actions is not placed again over MCP', async () => {
  const headers = { 'idempotency-key': 'k-5' };
  const response = await fetch(new URL('/actions', reeve.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${door.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ tool: 'shop.order', args: { item: 'tea' } }),
  });
  const { result } = (await response.json()) as { result: unknown };
  const again = await callTool(door, '/mcp/shop', 'order', { item: 'tea' }, headers);
  expect(again.result?.structuredContent).toEqual(result);
  expect(world.calls).toHaveLength(1);
});
