import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callTool, codeOf, type Door, rpc, textOf, toolNames } from './raw-client.ts';
import { say, startToolWorld, type ToolWorld } from './tool-world.ts';

// One resource, one decision, whatever the door: tools of an HTTP API and of an MCP server, over MCP and over /actions.

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
purpose: Handle orders
tools: ["shop.*", "desk.*"]
---
kind: Agent
name: visitor
owner: maya@example.com
purpose: See nothing of the shop
tools: ["desk.*"]
---
kind: ToolServer
name: shop
transport: { api: "${url}/v1" }
privateNetwork: true
tools:
  get_order:
    description: One order by its id
    effect: read
    inputSchema: { type: object, properties: { id: { type: string } }, required: [id] }
    request: { method: GET, path: "/orders/{id}" }
  refund:
    effect: pay
    amount: "double(args.cents) / 100.0"
    subject: args.order
    sideEffect: result.id
    inputSchema: { type: object, properties: { order: { type: string }, cents: { type: integer } }, required: [order, cents] }
    request: { method: POST, path: "/orders/{order}/refund" }
  wipe:
    effect: delete
    request: { method: DELETE, path: "/orders" }
---
kind: ToolServer
name: desk
transport: { http: "${url}/mcp" }
tools:
  look: { effect: read }
  pay: { effect: pay, amount: "double(args.cents) / 100.0", subject: args.order }
  close: { effect: delete }
---
kind: Guardrails
name: orders
checks:
  - { check: banned-words, on: [arguments], action: deny, config: { words: [poison] } }
  - { check: regex, on: [arguments], action: redact, config: { pattern: "card-[0-9]+", noun: card } }
`;
const POLICIES = `permit(principal == Reeve::Agent::"clerk", action == Reeve::Action::"call", resource == Reeve::Tool::"shop.refund")
when { context has amount && context.amount.lessThanOrEqual(decimal("100.0")) };
permit(principal == Reeve::Agent::"clerk", action == Reeve::Action::"call", resource == Reeve::Tool::"desk.pay")
when { context has amount && context.amount.lessThanOrEqual(decimal("100.0")) };
forbid(principal, action, resource == Reeve::Tool::"desk.resources/read");`;

beforeAll(async () => {
  world = await startToolWorld();
  world.offer('look', ({ id }) => say(`order ${String(id)}`), {
    inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  });
  world.offer('pay', () => say('{"id":"pay_1"}'));
  world.offer('close', () => say('closed'));
  world.offer('undeclared', () => say('done'));
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet(world.url), 'policies/pay.cedar': POLICIES } });
  door = { url: reeve.url, key: await reeve.key('clerk') };
});

afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

interface Verdict {
  readonly code: string | undefined;
  readonly findings: unknown;
  readonly target: string | null;
  readonly effect: string | null;
  readonly outcome: string | null;
}

async function recorded(action: string | null, code: string | undefined): Promise<Verdict> {
  const view = await reeve.admin.call('actions.get', { params: { action: action ?? '' } });
  const { findings, target, effect, outcome } = view;
  return { code, findings, target, effect, outcome };
}

/** What each door says of the same call, and what the record says of it. */
async function throughEveryDoor(server: string, tool: string, args: object): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const doors = [
    ['/mcp', `${server}.${tool}`],
    ['/mcp?names=underscore', `${server}_${tool}`],
    [`/mcp/${server}`, tool],
  ] as const;
  for (const [path, name] of doors) {
    const answer = await callTool(door, path, name, args);
    const code = answer.error?.code === -32602 ? 'unknown_tool' : codeOf(answer);
    verdicts.push(await recorded(answer.headers.get('x-reeve-action'), code));
  }
  const response = await fetch(new URL('/actions', door.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${door.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ tool: `${server}.${tool}`, args }),
  });
  const body = (await response.json()) as { error?: { code: string }; outcome?: { kind: string } };
  const code = body.error?.code ?? (body.outcome?.kind === 'succeeded' ? 'succeeded' : 'tool_error');
  return [...verdicts, await recorded(response.headers.get('x-reeve-action'), code)];
}

test.each([
  ['a read', 'shop', 'get_order', { id: 'o1' }, 'succeeded'],
  ['an answer that says no', 'shop', 'get_order', { id: 'missing' }, 'tool_error'],
  ['a payment within the limit', 'shop', 'refund', { order: 'o1', cents: 9_900 }, 'succeeded'],
  ['a payment beyond it', 'shop', 'refund', { order: 'o1', cents: 10_100 }, 'policy_denied'],
  ['an effect that no policy permits', 'shop', 'wipe', {}, 'policy_denied'],
  ['arguments that do not fit', 'shop', 'refund', { order: 5, cents: 1 }, 'invalid_arguments'],
  ['an argument that would leave its path', 'shop', 'get_order', { id: '../admin' }, 'invalid_arguments'],
  ['content that may not pass', 'shop', 'refund', { order: 'poison', cents: 1 }, 'guardrail_blocked'],
  ['a redacted subject', 'shop', 'refund', { order: 'card-1', cents: 1 }, 'guardrail_blocked'],
  ['a tool that is not there', 'shop', 'nothing', {}, 'unknown_tool'],
  ['an MCP read', 'desk', 'look', { id: 'o1' }, 'succeeded'],
  ['an MCP payment within the limit', 'desk', 'pay', { order: 'o1', cents: 100 }, 'succeeded'],
  ['an MCP payment beyond it', 'desk', 'pay', { order: 'o1', cents: 10_100 }, 'policy_denied'],
  ['an MCP payment of no amount', 'desk', 'pay', { order: 'o1' }, 'invalid_arguments'],
  ['an MCP effect that no policy permits', 'desk', 'close', {}, 'policy_denied'],
  ['an MCP tool that is not there', 'desk', 'nothing', {}, 'unknown_tool'],
])('%s', async (_name, server, tool, args, code) => {
  const [first, ...others] = await throughEveryDoor(server, tool, args);
  expect(first?.code).toBe(code);
  for (const other of others) expect(other).toEqual(first);
});

test('tools of an HTTP API are listed like any other, and only to whom they belong', async () => {
  expect(await toolNames(door, '/mcp')).toEqual(['desk.look', 'desk.pay', 'shop.get_order', 'shop.refund']);
  expect(await toolNames(door, '/mcp?names=underscore')).toContain('shop_get_order');
  expect(await toolNames(door, '/mcp/shop')).toEqual(['get_order', 'refund']);
  const { result } = await rpc(door, '/mcp/shop', 'tools/list', {});
  expect(result?.tools?.[0]).toEqual({
    name: 'get_order',
    description: 'One order by its id',
    inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  });
  const visitor = { url: door.url, key: await reeve.key('visitor') };
  expect(await toolNames(visitor, '/mcp')).toEqual(['desk.look']);
  expect((await rpc(visitor, '/mcp/shop', 'tools/list', {})).status).toBe(404);
  expect(textOf(await callTool(visitor, '/mcp', 'shop.get_order', { id: 'o1' }))).toBe('Unknown tool: shop.get_order');
});

test('what an HTTP API answers is a tool result', async () => {
  const good = await callTool(door, '/mcp', 'shop.get_order', { id: 'o7' });
  expect(good.result).toMatchObject({ structuredContent: { path: '/v1/orders/o7' } });
  expect(JSON.parse(textOf(good))).toEqual(good.result?.structuredContent);
  const bad = await callTool(door, '/mcp/shop', 'get_order', { id: 'missing' });
  expect(bad.result).toMatchObject({ isError: true });
  expect(textOf(bad)).toBe('{"error":"no such order"}');
});

test('policies and the record see the arguments that were sent', async () => {
  world.calls.length = 0;
  const answer = await callTool(door, '/mcp/desk', 'look', { id: 'card-42 of maya' });
  expect(codeOf(answer)).toBe('succeeded');
  expect(world.calls).toMatchObject([{ what: 'look', args: { id: expect.not.stringContaining('card-42') } }]);
  const action = answer.headers.get('x-reeve-action') ?? '';
  const view = await reeve.admin.call('actions.get', { params: { action }, query: { payloads: 'true' } });
  expect(view.verdict).toBe('modify');
  expect(view.request).not.toContain('card-42');
  expect(JSON.parse(view.request ?? '').arguments).toEqual(world.calls[0]?.args);
});

test('a method that a policy forbids is answered by policy, one beyond the bounds is not there', async () => {
  const read = (as: Door, path: string) => rpc(as, path, 'resources/read', { uri: 'file:///secret' });
  const forbidden = await read(door, '/mcp/desk');
  expect(forbidden.error).toMatchObject({ code: 403, data: { 'dev.reeve/decision': { code: 'policy_denied' } } });
  expect((await read(door, '/mcp/shop')).error).toMatchObject({ code: -32601 });
});

test('who-can knows tools that a server offers and nobody declared', async () => {
  await toolNames(door, '/mcp/desk');
  const rows = await reeve.admin.call('whoCan.query', { query: { effect: 'write' } });
  expect(rows.items.map(({ resource }) => resource)).toContain('desk.undeclared');
});
