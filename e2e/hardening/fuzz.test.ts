import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { type HardeningPlane, startHardeningPlane } from './hardening-plane.ts';
import { requestOf, sendRaw } from './raw-http.ts';
import { SURFACES } from './surfaces.ts';

// A fixed budget of hostile requests. `npm run test:fuzz` sends more of them, from another seed each time.

const SEED = 20_261_120;
const REQUESTS = 5_000;
const MAX_HEAP_GROWTH_BYTES = 256 * 1024 * 1024;
const PATIENCE_MS = 15_000;

let plane: HardeningPlane;
const rejections: unknown[] = [];
const onRejection = (reason: unknown) => rejections.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  plane = await startHardeningPlane({ 'headers-timeout': '300ms', 'request-timeout': '300ms' });
});
afterAll(async () => {
  await plane?.[Symbol.asyncDispose]();
  process.off('unhandledRejection', onRejection);
});

test('thousands of mutated requests meet refusals, never a fault', async () => {
  const before = process.memoryUsage().heapUsed;
  const { statuses } = await fuzz(plane, { seed: SEED, requests: REQUESTS });
  // The mutations are hostile enough to be refused and mild enough to be let through.
  expect(statuses[200]).toBeGreaterThan(REQUESTS / 20);
  expect(statuses[400]).toBeGreaterThan(REQUESTS / 20);
  expect(rejections).toEqual([]);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
});

test('afterwards nothing is in flight, nothing is held back, and everybody is served', async () => {
  const end = Date.now() + PATIENCE_MS;
  let open: { reserved: number; unended: number } | undefined;
  do {
    const budgets = await plane.reeve.admin.call('budgets.list', { query: {} });
    const actions = await plane.reeve.admin.call('actions.list', { query: { limit: 100 } });
    open = {
      reserved: budgets.items.reduce((sum, { reserved }) => sum + Number(reserved), 0),
      unended: actions.items.filter(({ outcome }) => outcome === null).length,
    };
    await delay(50);
  } while ((open.reserved > 0 || open.unended > 0) && Date.now() < end);
  expect(open).toEqual({ reserved: 0, unended: 0 });
  for (const { path, who, headers, body } of SURFACES) {
    const authorization = `Bearer ${who === 'admin' ? plane.adminToken : plane.agentKey}`;
    const all = { host: '127.0.0.1', 'content-type': 'application/json', authorization, ...headers };
    const request = requestOf('POST', path, all, JSON.stringify(body));
    const { answers } = await sendRaw(plane.reeve.url, request, { answers: 1 });
    expect(answers[0]?.status, path).toBe(200);
  }
});
