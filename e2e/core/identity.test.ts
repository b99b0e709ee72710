import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agent, type CorePlane, type ErrorBody, startCorePlane, statusAndCode } from './core-plane.ts';
import { apiTools, type LocalApi, ORDER_PERMIT, SHOP_KEY, startLocalApi } from './local-api.ts';

let plane: CorePlane;
let api: LocalApi;

beforeAll(async () => {
  api = await startLocalApi();
  plane = await startCorePlane({
    fleet: `${agent('alice', 'tools: ["shop.*"]')}${agent('bob', 'tools: ["shop.*"]')}${apiTools(api.url)}`,
    policies: ORDER_PERMIT,
    environment: { SHOP_KEY },
  });
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

interface AnthropicError {
  readonly error: { readonly details: { readonly error_code: string } };
}

const messages = [{ role: 'user', content: 'hello' }];
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Every way in that an agent has. */
const WAYS: Record<
  string,
  { path: string; body?: object; header: (key: string) => Record<string, string>; errorAt: (body: never) => unknown }
> = {
  'openai chat': {
    path: '/v1/chat/completions',
    body: { model: 'openai/x', messages },
    header: bearer,
    errorAt: ({ error }: ErrorBody) => error.code,
  },
  'openai responses': {
    path: '/openai/v1/responses',
    body: { model: 'openai/x', input: 'x' },
    header: bearer,
    errorAt: ({ error }: ErrorBody) => error.code,
  },
  'openai embeddings': {
    path: '/v1/embeddings',
    body: { model: 'openai/x', input: 'x' },
    header: bearer,
    errorAt: ({ error }: ErrorBody) => error.code,
  },
  'openai models': { path: '/v1/models', header: bearer, errorAt: ({ error }: ErrorBody) => error.code },
  'anthropic messages': {
    path: '/anthropic/v1/messages',
    body: { model: 'anthropic/x', max_tokens: 9, messages },
    header: (key) => ({ 'x-api-key': key }),
    errorAt: ({ error }: AnthropicError) => error.details.error_code,
  },
  'anthropic count_tokens': {
    path: '/anthropic/v1/messages/count_tokens',
    body: { model: 'anthropic/x', messages },
    header: (key) => ({ 'x-api-key': key }),
    errorAt: ({ error }: AnthropicError) => error.details.error_code,
  },
  'gemini generateContent': {
    path: '/gemini/v1beta/models/x:generateContent',
    body: { contents: [{ parts: [{ text: 'x' }] }] },
    header: (key) => ({ 'x-goog-api-key': key }),
    errorAt: (body: object) => /unauthenticated/.exec(JSON.stringify(body))?.[0],
  },
  mcp: {
    path: '/mcp',
    body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    header: bearer,
    errorAt: (body: object) => /unauthenticated/.exec(JSON.stringify(body))?.[0],
  },
  actions: {
    path: '/actions',
    body: { tool: 'shop.read', args: { id: 1 } },
    header: bearer,
    errorAt: ({ error }: ErrorBody) => error.code,
  },
};

function send(way: (typeof WAYS)[string], headers: Record<string, string>): Promise<Response> {
  return fetch(new URL(way.path, plane.reeve.url), {
    method: way.body === undefined ? 'GET' : 'POST',
    headers: {
      'user-agent': `rogue-${way.path}`,
      ...(way.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(way.body === undefined ? {} : { body: JSON.stringify(way.body) }),
  });
}

it.each(Object.entries(WAYS))('%s: an unknown credential is refused and becomes a shadow agent', async (name, way) => {
  const upstream = plane.provider.count() + api.received.length;
  for (const headers of [way.header(`made-up-${name.replace(' ', '-')}`), {}]) {
    const response = await send(way, headers);
    expect(response.status).toBe(401);
    expect(way.errorAt((await response.json()) as never)).toBe('unauthenticated');
  }
  expect(plane.provider.count() + api.received.length).toBe(upstream);
  const { items } = await plane.reeve.admin.call('shadows.list');
  const seen = items.filter(({ userAgent }) => userAgent === `rogue-${way.path}`);
  expect(seen.map(({ path, count }) => [path, count])).toEqual([
    [way.path, 1],
    [way.path, 1],
  ]);
  expect(JSON.stringify(items)).not.toContain('made-up');
  const actions = await plane.reeve.admin.call('actions.list', { query: { outcome: 'unknown_caller' } });
  expect(actions.items).toEqual([]);
});

it.each(Object.entries(WAYS))('%s: an admin token is no agent', async (_name, way) => {
  const { readFileSync } = await import('node:fs');
  const token = readFileSync(`${plane.reeve.data}/admin-token`, 'utf8').trim();
  expect((await send(way, way.header(token))).status).toBe(401);
});

it('a key that is expired, rotated past its overlap, or of an agent that is gone no longer works', async () => {
  const { admin } = plane.reeve;
  const made = await admin.call('keys.create', { body: { agent: 'alice' } });
  expect((await plane.chat(made.key)).status).toBe(200);
  const next = await admin.call('keys.rotate', { params: { key: made.id }, body: {} });
  expect([(await plane.chat(made.key)).status, (await plane.chat(next.key)).status]).toEqual([200, 200]);
  const last = await admin.call('keys.rotate', { params: { key: next.id }, body: { overlap: '0m' } });
  expect(await statusAndCode(await plane.chat(next.key))).toEqual([401, 'unauthenticated']);
  expect((await plane.chat(last.key)).status).toBe(200);
  const { items } = await admin.call('keys.list', { query: { agent: 'alice' } });
  expect(JSON.stringify(items)).not.toContain(made.key);
  await expect(admin.call('keys.create', { body: { agent: 'nobody' } })).rejects.toMatchObject({ status: 404 });
});

it('a key of an agent that left the fleet is refused as a shadow, and the agent can come back', async () => {
  await using own = await startCorePlane({ fleet: `${agent('stays')}${agent('leaves')}` });
  const key = await own.reeve.key('leaves');
  expect((await own.chat(key)).status).toBe(200);
  const files = (text: string) =>
    Object.entries({ ...own.files, 'fleet.yaml': text }).map(([path, body]) => ({ path, text: body }));
  await own.reeve.admin.call('fleet.apply', { body: { files: files(agent('stays')) } });
  expect(await statusAndCode(await own.chat(key))).toEqual([401, 'unauthenticated']);
  await own.reeve.admin.call('fleet.apply', { body: { files: files(`${agent('stays')}${agent('leaves')}`) } });
  expect((await own.chat(key)).status).toBe(200);
});

it('a key serves its own workspace only, and no run, action, key or stop of another is visible', async () => {
  const { admin } = plane.reeve;
  const files = [{ path: 'fleet.yaml', text: `kind: Workspace\nname: other\n${agent('alice')}` }];
  await admin.call('fleet.apply', { body: { files } });
  const key = await plane.reeve.key('alice');
  const ordered = await fetch(`${plane.reeve.url}/actions`, {
    method: 'POST',
    headers: { ...bearer(key), 'content-type': 'application/json', 'x-reeve-run': 'mine' },
    body: JSON.stringify({ tool: 'shop.order', args: { text: 'tea' } }),
  });
  const { action, sideEffect } = (await ordered.json()) as { action: string; sideEffect: string };
  expect(sideEffect).toMatch(/^ord_/);

  const query = { workspace: 'other' };
  const stranger = await admin.call('keys.create', { query, body: { agent: 'alice' } });
  const mine = await admin.call('runs.get', { params: { run: 'mine' } });
  await expect(admin.call('runs.get', { query, params: { run: mine.id } })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(admin.call('runs.get', { query, params: { run: 'mine' } })).rejects.toMatchObject({ code: 'not_found' });
  await expect(admin.call('actions.get', { query, params: { action } })).rejects.toMatchObject({ code: 'not_found' });
  for (const list of ['runs.list', 'actions.list', 'stops.list'] as const)
    expect((await admin.call(list, { query })).items).toEqual([]);
  expect((await admin.call('actions.list', { query: { ...query, sideEffect } })).items).toEqual([]);
  const { items: keys } = await admin.call('keys.list', { query });
  expect(keys.map(({ id }) => id)).toEqual([stranger.id]);
  const [own] = (await admin.call('keys.list', { query: { agent: 'alice' } })).items;
  await expect(admin.call('keys.revoke', { query, params: { key: own?.id ?? '' } })).rejects.toMatchObject({
    code: 'not_found',
  });

  const state = (as: string, id: string) =>
    fetch(`${plane.reeve.url}/actions/${id}`, { headers: bearer(as) }).then(({ status }) => status);
  const bob = await plane.reeve.key('bob');
  expect([await state(key, action), await state(bob, action), await state(stranger.key, action)]).toEqual([
    200, 404, 404,
  ]);
  expect(await statusAndCode(await plane.chat(stranger.key))).toEqual([404, 'unknown_model']);
});

it('an MCP client with an unknown key cannot connect', async () => {
  const client = new Client({ name: 'rogue', version: '1' });
  const requestInit = { headers: bearer('made-up') };
  await expect(
    client.connect(new StreamableHTTPClientTransport(new URL('/mcp', plane.reeve.url), { requestInit })),
  ).rejects.toThrow();
});
