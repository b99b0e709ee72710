import type { StopTargetView } from '@reeve/contracts';
import { ReeveApiError } from '@reeve/sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { agent, type CorePlane, concurrently, startCorePlane, statusAndCode } from './core-plane.ts';
import { apiTools, type LocalApi, SHOP_KEY, startLocalApi } from './local-api.ts';

const STREAMS = 12;
/** What design.md promises; an order takes a few milliseconds. */
const PROMISED_MS = 1_000;
const LONG = { model: 'openai/sim-slow-stream', prompt: `say "${'word '.repeat(2_000)}"`, stream: true };

let plane: CorePlane;
let api: LocalApi;
let key: string;
let keyId: string;

beforeEach(async () => {
  api = await startLocalApi();
  const tools = 'tools: ["shop.*"]';
  const fleet = `${agent('worker', tools)}${agent('bystander', tools)}${apiTools(api.url)}`;
  plane = await startCorePlane({ fleet, environment: { SHOP_KEY } });
  const created = await plane.reeve.admin.call('keys.create', { body: { agent: 'worker' } });
  key = created.key;
  keyId = created.id;
});
afterEach(async () => {
  // A server that ends waits for its streams, also those that a failed test left open.
  await plane.reeve.admin.call('stops.order', { body: { target: { kind: 'all' } } });
  await plane[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const run = { 'x-reeve-run': 'night-job' };

interface OpenStream {
  readonly action: string;
  /** The rest of what arrives, and when it ended. */
  readonly rest: Promise<{ text: string; endedAt: number }>;
}

/** Open means that its first words have arrived. */
async function openStream(withKey = key): Promise<OpenStream> {
  const response = await plane.chat(withKey, { ...LONG, headers: run });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  const rest = async () => {
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { text, endedAt: performance.now() };
      text += Buffer.from(value).toString('utf8');
    }
  };
  return { action: response.headers.get('x-reeve-action') ?? '', rest: rest() };
}

async function runId(): Promise<string> {
  const { items } = await plane.reeve.admin.call('runs.list', { query: { name: 'night-job', agent: 'worker' } });
  return items[0]?.id ?? '';
}

const TARGETS: [string, () => Promise<StopTargetView>, code: string][] = [
  ['agent', async () => ({ kind: 'agent', name: 'worker' }), 'agent_suspended'],
  ['run', async () => ({ kind: 'run', id: await runId() }), 'run_stopped'],
  ['run by its name', async () => ({ kind: 'run', id: 'worker/night-job' }), 'run_stopped'],
  ['credential', async () => ({ kind: 'credential', id: keyId }), 'credential_stopped'],
  ['all', async () => ({ kind: 'all' }), 'agent_suspended'],
];

it.each(TARGETS)(
  'a stop of %s ends its open streams within a second, and nothing starts until it is resumed',
  async (kind, targetOf, code) => {
    const streams = await concurrently(STREAMS, () => openStream());
    const target = await targetOf();
    const orderedAt = performance.now();
    const order = await plane.reeve.admin.call('stops.order', { body: { target, reason: 'drill' } });
    expect(order).toMatchObject({ abortedInFlight: STREAMS, durable: true });
    for (const { rest } of streams) {
      const { text, endedAt } = await rest;
      expect(endedAt - orderedAt).toBeLessThan(PROMISED_MS);
      expect(text).toContain(code);
      expect(text).not.toContain('[DONE]');
    }
    await expect.poll(() => plane.provider.requests.every(({ aborted }) => aborted)).toBe(true);

    const before = plane.provider.count();
    const headers = kind.startsWith('run') ? run : {};
    const after = await concurrently(5, async () => statusAndCode(await plane.chat(key, { headers })));
    expect(after).toEqual(Array.from({ length: 5 }, () => [403, code]));
    expect(plane.provider.count()).toBe(before);

    const own = await fetch(`${plane.reeve.url}/api/stops/lift`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ target }),
    });
    expect(own.status).toBe(401);
    expect((await plane.chat(key, { headers })).status).toBe(403);

    await plane.reeve.admin.call('stops.lift', { body: { target } });
    expect((await plane.chat(key, { headers })).status).toBe(200);
    const { items } = await plane.reeve.admin.call('actions.list', { query: { outcome: 'stopped' } });
    expect(items.map(({ id }) => id).sort()).toEqual(streams.map(({ action }) => action).sort());
  },
);

it('a stop of a tool ends its open calls, and leaves other tools and models alone', async () => {
  const call = (tool: string) =>
    fetch(`${plane.reeve.url}/actions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool, args: tool === 'shop.read' ? { id: 1 } : {} }),
    });
  const open = concurrently(3, async () => ({
    answer: await statusAndCode(await call('shop.never')),
    endedAt: performance.now(),
  }));
  const stream = await openStream();
  await expect.poll(() => api.received.length).toBe(3);
  const orderedAt = performance.now();
  const target = { kind: 'tool', name: 'shop.never' } as const;
  await plane.reeve.admin.call('stops.order', { body: { target } });
  for (const { answer, endedAt } of await open) {
    expect(answer).toEqual([403, 'tool_stopped']);
    expect(endedAt - orderedAt).toBeLessThan(PROMISED_MS);
  }
  expect(await statusAndCode(await call('shop.never'))).toEqual([403, 'tool_stopped']);
  expect(await statusAndCode(await call('shop.read'))).toEqual([200, undefined]);
  await expect.poll(() => api.received.filter(({ aborted }) => aborted).length).toBe(3);
  await plane.reeve.admin.call('stops.order', { body: { target: { kind: 'agent', name: 'worker' } } });
  await stream.rest;
});

it('a stop leaves other agents and other servers alone', async () => {
  const other = await plane.reeve.key('bystander');
  await plane.reeve.admin.call('stops.order', { body: { target: { kind: 'agent', name: 'worker' } } });
  expect((await plane.chat(other)).status).toBe(200);
  await using again = await startCorePlane({ fleet: agent('worker'), provider: plane.provider });
  expect((await again.chat(await again.reeve.key('worker'))).status).toBe(200);
});

it('a revoked key ends its open streams at once, and never works again', async () => {
  const streams = await concurrently(3, () => openStream());
  const other = await openStream(await plane.reeve.key('worker'));
  const revokedAt = performance.now();
  const revoked = await plane.reeve.admin.call('keys.revoke', { params: { key: keyId } });
  expect(revoked.abortedInFlight).toBe(3);
  for (const { rest } of streams) {
    const { text, endedAt } = await rest;
    expect(text).toContain('credential_stopped');
    expect(endedAt - revokedAt).toBeLessThan(PROMISED_MS);
  }
  expect(await statusAndCode(await plane.chat(key))).toEqual([401, 'unauthenticated']);
  await plane.reeve.admin.call('stops.order', { body: { target: { kind: 'all' } } });
  expect((await other.rest).text).toContain('agent_suspended');
});

it('what does not exist cannot be stopped by mistake', async () => {
  const refused = (target: StopTargetView) =>
    plane.reeve.admin.call('stops.order', { body: { target } }).then(
      () => undefined,
      (error: unknown) => (ReeveApiError.is(error) ? error.code : error),
    );
  expect(await refused({ kind: 'agent', name: 'wroker' })).toBe('not_found');
  expect(await refused({ kind: 'tool', name: 'shoop.order' })).toBe('not_found');
  expect(await refused({ kind: 'run', id: 'night-jbo' })).toBe('not_found');
  expect(await refused({ kind: 'credential', id: 'key_x' })).toBe('invalid_request');
});

it('operators can count stops', async () => {
  await plane.reeve.admin.call('stops.order', { body: { target: { kind: 'agent', name: 'worker' } } });
  const metrics = await (await fetch(`${plane.reeve.url}/metrics`)).text();
  expect(metrics).toContain('reeve_events_total{event="stop_ordered"} 1');
});
