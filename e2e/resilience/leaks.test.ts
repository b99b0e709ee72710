import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callTool, chat, post } from './calls.ts';
import { randomFrom } from './random.ts';
import { keyOf } from './refusals.ts';
import { startWorld, until, type World } from './world.ts';

let world: World;
let reeve: Reeve;
let caller: { readonly url: string; readonly key: string };

beforeAll(async () => {
  world = await startWorld();
  reeve = await startReeve({ fleet: world.fleet });
  caller = { url: reeve.url, key: await keyOf(reeve) };
});

afterAll(async () => {
  await reeve[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const BATCHES = 6;
const BATCH = 30;
const MAX_ABORT_MS = 60;

/** Nothing is reserved, nothing is under way, and a stop finds nothing to end. */
async function expectNothingHeld(): Promise<void> {
  await until('all that began has ended', async () => {
    const { items } = await reeve.admin.call('budgets.list');
    return items.every(({ reserved }) => reserved === '0');
  });
  const { items } = await reeve.admin.call('budgets.list');
  for (const { overrun } of items) expect(overrun).toBe('0');
  const recent = await reeve.admin.call('actions.list', { query: { limit: 200 } });
  for (const { id, outcome } of recent.items) expect([id, outcome]).toEqual([id, expect.any(String)]);
  const target = { kind: 'all' } as const;
  const { abortedInFlight } = await reeve.admin.call('stops.order', { body: { target, reason: 'count' } });
  await reeve.admin.call('stops.lift', { body: { target } });
  expect(abortedInFlight).toBe(0);
}

test('clients that leave at any moment leave nothing behind', async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  console.info(`seed ${seed}`);
  const random = randomFrom(seed);
  const calls = [
    (signal: AbortSignal) => chat({ ...caller, signal }, { stream: true, model: 'openai/sim-slow-stream' }),
    (signal: AbortSignal) => chat({ ...caller, signal }, { stream: true }),
    (signal: AbortSignal) => chat({ ...caller, signal }),
    (signal: AbortSignal) => chat({ ...caller, signal }, { model: 'openai/sim-slow' }),
    (signal: AbortSignal) => callTool({ ...caller, signal }, 'shop.order', { item: 'left' }),
    (signal: AbortSignal) => callTool({ ...caller, signal }, 'shop.list'),
    (signal: AbortSignal) => chat({ ...caller, signal }, { stream: true, model: 'openai/sim-cut-stream' }),
    (signal: AbortSignal) => chat({ ...caller, signal }, { model: 'openai/sim-reset' }),
  ];
  for (let batch = 0; batch < BATCHES; batch++) {
    const left = Array.from({ length: BATCH }, async (_, n) => {
      const gone = new AbortController();
      const call = calls[n % calls.length]?.(gone.signal).catch(() => undefined);
      await delay(random() * MAX_ABORT_MS);
      gone.abort();
      await call;
    });
    await Promise.all(left);
  }
  await expectNothingHeld();
  expect((await chat(caller)).status).toBe(200);
});

test('clients that send half a request, or never read their stream, leave nothing behind', async () => {
  const { port, hostname } = new URL(reeve.url);
  const body = JSON.stringify({
    model: 'openai/sim-slow-stream',
    stream: true,
    messages: [{ role: 'user', content: 'say "one two three four five six seven eight"' }],
  });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${caller.key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const sockets = [head.slice(0, 60), head, head + body.slice(0, 20), head + body, head + body].map((bytes) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(bytes);
    return socket;
  });
  await delay(50);
  for (const socket of sockets) socket.destroy();
  await expectNothingHeld();
});

test('what a person stops in mid-flight is given back too', async () => {
  const arrived = world.provider.count();
  const streams = Array.from({ length: 20 }, () => chat(caller, { stream: true, model: 'openai/sim-slow-stream' }));
  const slow = Array.from({ length: 5 }, () => chat(caller, { model: 'openai/sim-slow' }));
  const target = { kind: 'agent', name: 'worker' } as const;
  await until('they are under way', () => world.provider.count() >= arrived + 5);
  const { abortedInFlight } = await reeve.admin.call('stops.order', { body: { target, reason: 'test' } });
  expect(abortedInFlight).toBeGreaterThan(0);
  await Promise.all([...streams, ...slow]);
  await reeve.admin.call('stops.lift', { body: { target } });
  await expectNothingHeld();
});

test('memory does not grow with the calls that break', async () => {
  const round = async () => {
    for (let i = 0; i < 10; i++) {
      await Promise.all([
        ...Array.from({ length: 20 }, () => chat(caller, { stream: true, model: 'openai/sim-cut-stream' })),
        ...Array.from({ length: 20 }, () => abortEarly()),
        ...Array.from({ length: 10 }, () => post(caller, '/v1/chat/completions', { model: 7 })),
      ]);
    }
    await expectNothingHeld();
    return heapUsed();
  };
  await round();
  const before = await round();
  const after = await round();
  console.info(`${after - before} bytes after 500 calls`);
  // 500 broken calls that kept only their 1 KB request each would already be seen.
  expect(after - before).toBeLessThan(3 * 1024 * 1024);
}, 60_000);

async function abortEarly(): Promise<void> {
  const gone = new AbortController();
  const call = chat({ ...caller, signal: gone.signal }, { stream: true }).catch(() => undefined);
  await delay(1);
  gone.abort();
  await call;
}

/** What is still referenced, once everything else was collected. */
async function heapUsed(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await delay(20);
  }
  return process.memoryUsage().heapUsed;
}
