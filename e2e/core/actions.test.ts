import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { agent, type CorePlane, concurrently, startCorePlane } from './core-plane.ts';
import { apiTools, type LocalApi, ORDER_PERMIT, SHOP_KEY, startLocalApi } from './local-api.ts';

let plane: CorePlane;
let api: LocalApi;
let inner: { url: string; hits: number; close(): void };
let key: string;

beforeAll(async () => {
  api = await startLocalApi();
  inner = await startInner();
  plane = await startCorePlane({
    fleet: `${agent('clerk', 'tools: ["shop.*", "hidden.*", "hidden-name.*", "hidden-metadata.*", "narrow.*"]')}${apiTools(api.url)}${OUTSIDE(inner.url)}`,
    policies: ORDER_PERMIT,
    environment: { SHOP_KEY },
  });
  key = await plane.reeve.key('clerk');
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  inner.close();
});

/** Something on the inside network that no tool was meant to reach. */
async function startInner() {
  const found = { url: '', hits: 0, close: () => void server.close() };
  const server = createServer((_request, response) => {
    found.hits += 1;
    response.end('{"secret":"of the inside"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  found.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return found;
}

/** Without privateNetwork: an address of the inside, a name that leads there, and the metadata address. */
const OUTSIDE = (url: string) => `---
kind: ToolServer
name: hidden
transport: { api: "${url}" }
tools: { look: { effect: read, request: { method: GET, path: "/x" } } }
---
kind: ToolServer
name: hidden-name
transport: { api: "${url.replace('127.0.0.1', 'localhost')}" }
tools: { look: { effect: read, request: { method: GET, path: "/x" } } }
---
kind: ToolServer
name: hidden-metadata
transport: { api: "http://169.254.169.254" }
tools: { look: { effect: read, request: { method: GET, path: "/latest/meta-data" } } }
---
kind: ToolServer
name: narrow
transport: { api: "${url}/public" }
privateNetwork: true
tools: { look: { effect: read, request: { method: GET, path: "/{id}" } } }
`;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { error: { code: string; message: string } };
  readonly headers: Headers;
}

async function propose(body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${plane.reeve.url}/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'], headers: response.headers };
}

let before: number;
beforeEach(() => {
  before = api.received.length;
});
const sent = () => api.received.length - before;
const ORDER = { tool: 'shop.order', args: { text: 'tea' } };

it('proposes, decides and executes in one call, with a credential that the agent never sees', async () => {
  const { status, body, headers } = await propose({ ...ORDER, reason: 'the pot is empty' });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    tool: 'shop.order',
    decision: { verdict: 'allow' },
    outcome: { kind: 'succeeded' },
    result: { text: 'tea' },
  });
  expect(body.sideEffect).toMatch(/^ord_\d+$/);
  expect(headers.get('x-reeve-action')).toBe(body.action);
  expect(api.received.at(-1)).toMatchObject({
    method: 'POST',
    path: '/orders',
    headers: { authorization: `Bearer ${SHOP_KEY}` },
  });
  expect(JSON.stringify(api.received.at(-1))).not.toContain(key);
  const state = await fetch(`${plane.reeve.url}/actions/${String(body.action)}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await state.json()).toMatchObject({
    outcome: 'succeeded',
    effect: 'write',
    grade: 'executed',
    sideEffect: body.sideEffect,
    reason: 'the pot is empty',
  });
});

it('cuts the credential out of an answer that echoes it', async () => {
  const { status, body } = await propose({ tool: 'shop.echo', args: { text: 'x' } });
  expect(status).toBe(200);
  expect(JSON.stringify(body)).not.toContain(SHOP_KEY);
  expect(JSON.stringify(body)).toContain('[credential]');
});

it('executes a key once under 20 concurrent callers, and answers all of them alike', async () => {
  const answers = await concurrently(20, () => propose(ORDER, { 'idempotency-key': 'order-1' }));
  expect(sent()).toBe(1);
  const done = answers.filter(({ status }) => status === 200);
  expect(done.length).toBeGreaterThan(0);
  expect(new Set(done.map(({ body }) => body.sideEffect)).size).toBe(1);
  for (const { body } of answers.filter(({ status }) => status !== 200))
    expect(body.error.code).toBe('action_in_progress');
  const later = await propose(ORDER, { 'idempotency-key': 'order-1' });
  expect(later.body.sideEffect).toBe(done[0]?.body.sideEffect);
  expect(later.headers.get('x-reeve-replay-of')).toBe(
    done.find(({ headers }) => !headers.has('x-reeve-replay-of'))?.body.action,
  );
  expect(sent()).toBe(1);
  expect(
    (await propose({ ...ORDER, args: { text: 'coffee' } }, { 'idempotency-key': 'order-1' })).body.error.code,
  ).toBe('idempotency_mismatch');
  expect((await propose(ORDER, { 'idempotency-key': 'order-2' })).status).toBe(200);
  expect(sent()).toBe(2);
});

it('a dry run decides and executes nothing', async () => {
  const allowed = await propose({ ...ORDER, dryRun: true });
  expect([allowed.status, allowed.body.dryRun, allowed.body.decision]).toMatchObject([200, true, { verdict: 'allow' }]);
  const denied = await propose({ tool: 'shop.refuse', args: { id: 1 }, dryRun: true });
  expect([denied.status, denied.body.decision]).toMatchObject([200, { verdict: 'deny' }]);
  expect(sent()).toBe(0);
});

it('a tool among those of the agent that no policy permits is refused with a message that teaches', async () => {
  const { status, body } = await propose({ tool: 'shop.refuse', args: { id: 1 } });
  expect([status, body.error.code]).toEqual([403, 'policy_denied']);
  expect(body.error.message).toBe(
    'clerk may call shop.refuse only with a permit that covers this call; reeve who-can shop.refuse shows what exists; ask maya@example.com',
  );
  const { items } = await plane.reeve.admin.call('actions.list', {
    query: { target: 'shop.refuse', outcome: 'denied' },
  });
  expect(items[0]).toMatchObject({ verdict: 'deny', code: 'policy_denied', effect: 'delete' });
  expect(sent()).toBe(0);
});

it.each([
  ['a tool that does not exist', { tool: 'shop.nothing' }, 404, 'unknown_tool'],
  ['a server that does not exist', { tool: 'nowhere.look' }, 404, 'unknown_tool'],
  ['arguments without what the path needs', { tool: 'shop.read', args: {} }, 400, 'invalid_arguments'],
  ['a step up', { tool: 'shop.read', args: { id: '../admin' } }, 400, 'invalid_arguments'],
  ['a step up, encoded', { tool: 'narrow.look', args: { id: '%2e%2e%2fadmin' } }, 400, 'invalid_arguments'],
  [
    'another host in the path',
    { tool: 'narrow.look', args: { id: '..\\\\evil.example.com' } },
    400,
    'invalid_arguments',
  ],
  ['a line break', { tool: 'shop.read', args: { id: 'x\r\nhost: evil.example.com' } }, 400, 'invalid_arguments'],
])('%s is refused, and nothing is sent', async (_what, body, status, code) => {
  const hits = inner.hits;
  const answer = await propose(body);
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  expect(sent() + inner.hits - hits).toBe(0);
});

it.each(['hidden.look', 'hidden-name.look', 'hidden-metadata.look'])(
  '%s leads inside, and is not reached',
  async (tool) => {
    const hits = inner.hits;
    const { status, body } = await propose({ tool, args: {} });
    expect([status, body.error.code]).toEqual([403, 'destination_denied']);
    expect(inner.hits).toBe(hits);
    expect(JSON.stringify(body)).not.toContain('of the inside');
  },
);

it('does not follow a redirect, wherever it leads', async () => {
  const { body } = await propose({ tool: 'shop.redirect', args: {} });
  expect(body.outcome).toMatchObject({
    kind: 'upstream_failed',
    message: 'the API answered with a redirect (302), which is never followed',
  });
});

it('a fleet whose tool could only reach a host that is not among its destinations is refused', async () => {
  const files = [
    {
      path: 'f.yaml',
      text: `kind: Workspace\nname: strict\n${apiTools('https://api.example.com', 'destinations: [api.example.org]')}`,
    },
  ];
  const { problems } = await plane.reeve.admin.call('fleet.plan', { body: { files } });
  expect(problems.map(({ message }) => message).join()).toContain('api.example.com is not among destinations');
});
