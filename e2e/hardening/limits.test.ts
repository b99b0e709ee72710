import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type HardeningPlane, startHardeningPlane } from './hardening-plane.ts';
import { answersIn, closed, open, requestOf, sendRaw } from './raw-http.ts';

// Slow, many and greedy clients: each meets a limit of the server's own, and the others notice nothing.

const CHAT = '/v1/chat/completions';
const HEALTHY_CALLS = 20;
const PATIENCE_MS = 20_000;

const headersOf = (plane: HardeningPlane, more: Record<string, string> = {}) => ({
  host: '127.0.0.1',
  'content-type': 'application/json',
  authorization: `Bearer ${plane.agentKey}`,
  ...more,
});
const chat = (model = 'fast', more: object = {}) =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'say "one"' }], ...more });

async function healthyCall(plane: HardeningPlane): Promise<number> {
  const request = requestOf('POST', CHAT, headersOf(plane), chat());
  return (await sendRaw(plane.reeve.url, request, { answers: 1 })).answers[0]?.status ?? 0;
}

function received(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return closed(socket).then(() => Buffer.concat(chunks));
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await what())) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await delay(20);
  }
}

async function reserved(plane: HardeningPlane): Promise<number> {
  const { items } = await plane.reeve.admin.call('budgets.list', { query: {} });
  return items.reduce((sum, item) => sum + Number(item.reserved), 0);
}

test('clients that trickle headers or bodies, or send nothing, are told and cut off; others are served meanwhile', async () => {
  await using plane = await startHardeningPlane({ 'headers-timeout': '300ms', 'request-timeout': '600ms' });
  const whole = requestOf('POST', CHAT, headersOf(plane), chat()).toString('latin1');
  const starts = ['', 'P', whole.slice(0, 40), whole.slice(0, -10), whole.replace(/\r\n\r\n[\s\S]*$/, '\r\n\r\n')];
  const slow = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const socket = await open(plane.reeve.url);
      socket.write(starts[index % starts.length] ?? '');
      const drip = setInterval(() => socket.write(' '), 100);
      const bytes = await Promise.all([received(socket), healthyEvery(index)]).then(([all]) => all);
      clearInterval(drip);
      return answersIn(bytes);
    }),
  );
  async function healthyEvery(index: number): Promise<void> {
    if (index % (100 / HEALTHY_CALLS) === 0) expect(await healthyCall(plane)).toBe(200);
  }
  // Who drips blanks into a body is sending JSON, if a strange one: the length it announced ends the request.
  const statuses = new Set(slow.flat().map(({ status }) => status));
  expect([...statuses].every((status) => status === 408 || status === 400)).toBe(true);
  expect(statuses).toContain(408);
  expect(plane.upstreamCalls()).toBe(HEALTHY_CALLS);
  expect(await healthyCall(plane)).toBe(200);
});

test('a body that stops is refused in the shape of its path', async () => {
  await using plane = await startHardeningPlane({ 'headers-timeout': '300ms', 'request-timeout': '600ms' });
  for (const [path, shape] of [
    [CHAT, { error: { code: 'request_timeout', type: 'invalid_request_error' } }],
    ['/anthropic/v1/messages', { type: 'error', error: { type: 'invalid_request_error' } }],
    ['/gemini/v1beta/models/x:generateContent', { error: { code: 408, status: 'DEADLINE_EXCEEDED' } }],
    ['/mcp', { jsonrpc: '2.0', id: null, error: { code: 408 } }],
    ['/actions', { error: { code: 'request_timeout' } }],
  ] as const) {
    const head = requestOf('POST', path, headersOf(plane, { 'content-length': '100' }), '{');
    const { answers, closed: ended } = await sendRaw(plane.reeve.url, head);
    expect(ended).toBe(true);
    expect(answers.map(({ status }) => status)).toEqual([408]);
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject(shape);
  }
  expect(plane.upstreamCalls()).toBe(0);
});

test('connections above the limit are told to come back, and may once others left', async () => {
  await using plane = await startHardeningPlane({ 'max-connections': '8' });
  const held = await Promise.all(Array.from({ length: 8 }, () => open(plane.reeve.url)));
  await until(async () => (await healthyCall(plane)) === 503);
  for (const [path, shape] of [
    [CHAT, { error: { code: 'overloaded', type: 'server_error' } }],
    ['/anthropic/v1/messages', { error: { type: 'overloaded_error' } }],
    ['/mcp', { jsonrpc: '2.0', error: { code: 503 } }],
    ['/actions', { error: { code: 'overloaded' } }],
  ] as const) {
    const { answers, closed: ended } = await sendRaw(plane.reeve.url, requestOf('POST', path, headersOf(plane), '{}'));
    expect(ended).toBe(true);
    expect(answers[0]).toMatchObject({ status: 503, headers: { 'retry-after': '1', connection: 'close' } });
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject(shape);
  }
  for (const socket of held) socket.destroy();
  await until(async () => (await healthyCall(plane)) === 200);
});

test('far above the limit connections are closed unheard', async () => {
  await using plane = await startHardeningPlane({ 'max-connections': '4' });
  const sockets = await Promise.all(Array.from({ length: 40 }, async () => (await open(plane.reeve.url)).resume()));
  await until(() => sockets.filter(({ destroyed }) => destroyed).length >= 32);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await healthyCall(plane)) === 200);
});

test('one connection cannot queue requests without end', async () => {
  await using plane = await startHardeningPlane();
  const slow = requestOf('POST', CHAT, headersOf(plane), chat('openai/sim-slow'));
  const { answers, closed: ended } = await sendRaw(
    plane.reeve.url,
    Buffer.concat(Array.from({ length: 40 }, () => slow)),
  );
  expect(ended).toBe(true);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(32);
  expect(answers.slice(32).every(({ status }) => status === 503)).toBe(true);
  expect(plane.provider.count()).toBe(32);
});

test('large bodies together have a limit: beyond it large ones are told to come back, small ones pass', async () => {
  const limit = 256 * 1024;
  await using plane = await startHardeningPlane({ 'max-body-bytes': String(limit) });
  const sockets = await Promise.all(Array.from({ length: 40 }, () => open(plane.reeve.url)));
  const all = sockets.map(received);
  // All but the last byte of bodies of the largest size: they are in memory, and stay there.
  const almost = requestOf('POST', CHAT, headersOf(plane, { 'content-length': String(limit) }), ' '.repeat(limit - 1));
  for (const socket of sockets) socket.write(almost);
  await until(async () => {
    const large = requestOf('POST', CHAT, headersOf(plane), chat('fast', { user: 'x'.repeat(200 * 1024) }));
    return (await sendRaw(plane.reeve.url, large, { answers: 1 })).answers[0]?.status === 503;
  });
  expect(await healthyCall(plane)).toBe(200);
  for (const socket of sockets) socket.destroy();
  await Promise.all(all);
  await until(async () => {
    const large = requestOf('POST', CHAT, headersOf(plane), chat('fast', { user: 'x'.repeat(200 * 1024) }));
    return (await sendRaw(plane.reeve.url, large, { answers: 1 })).answers[0]?.status !== 503;
  });
});

test('callers that leave at once break nothing that is kept of them', async () => {
  await using plane = await startHardeningPlane();
  for (let round = 0; round < 100; round++) {
    const authorization = round % 2 === 0 ? `Bearer ${plane.agentKey}` : 'Bearer nobody';
    const socket = await open(plane.reeve.url);
    socket.write(requestOf('POST', CHAT, headersOf(plane, { authorization }), chat()));
    if (round % 3 === 0) socket.resetAndDestroy();
    else socket.destroySoon();
  }
  await until(async () => (await actions(plane)).every(({ outcome }) => outcome !== null));
  expect((await actions(plane)).filter(({ code }) => code === 'fail_closed')).toEqual([]);
  await plane.reeve.admin.call('keys.list', { query: {} });
  await plane.reeve.admin.call('shadows.list', { query: {} });
  expect(await reserved(plane)).toBe(0);
});

test('who asks for more tokens than numbers hold is over budget, not a fault', async () => {
  await using plane = await startHardeningPlane();
  const request = requestOf(
    'POST',
    CHAT,
    headersOf(plane),
    chat('fast', { max_tokens: Number.MAX_SAFE_INTEGER, n: 128 }),
  );
  const { answers } = await sendRaw(plane.reeve.url, request, { answers: 1 });
  expect(answers[0]?.status).toBe(403);
  expect(answers[0]?.body).toContain('budget_exceeded');
});

test('who does not read a stream is cut off, and what it cost is settled', async () => {
  await using plane = await startHardeningPlane({ 'stall-timeout': '400ms' });
  const socket = await open(plane.reeve.url);
  socket.pause();
  const said = 'y'.repeat(8 * 1024 * 1024);
  const body = JSON.stringify({ model: 'fast', stream: true, messages: [{ role: 'user', content: `say "${said}"` }] });
  socket.write(requestOf('POST', CHAT, headersOf(plane), body));
  await until(async () => (await actions(plane)).some(({ outcome }) => outcome !== null));
  expect(await actions(plane)).toMatchObject([{ outcome: 'aborted' }]);
  expect(await reserved(plane)).toBe(0);
  socket.destroy();
  expect(await healthyCall(plane)).toBe(200);
});

async function actions(plane: HardeningPlane) {
  const { items } = await plane.reeve.admin.call('actions.list', { query: {} });
  return items;
}
