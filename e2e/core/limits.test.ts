import { afterAll, beforeAll, expect, it } from 'vitest';
import { agent, type CorePlane, concurrently, type ErrorBody, startCorePlane, statusAndCode } from './core-plane.ts';
import { apiTools, type LocalApi, SHOP_KEY, startLocalApi } from './local-api.ts';

let plane: CorePlane;
let api: LocalApi;

const limited = (name: string, limits: string) => agent(name, `tools: ["shop.*"]\nlimits: { ${limits} }`);

beforeAll(async () => {
  api = await startLocalApi();
  const agents = [
    limited('tools-per-run', 'toolCallsPerRun: 3'),
    limited('models-per-run', 'modelCallsPerRun: 3'),
    limited('models-per-minute', 'modelCallsPerMinute: 5'),
    limited('tools-per-minute', 'toolCallsPerMinute: 5'),
    limited('retries', 'retriesPerCall: 2'),
    limited('clock', 'wallClockPerRun: 1ms'),
  ];
  plane = await startCorePlane({ fleet: `${agents.join('')}${apiTools(api.url)}`, environment: { SHOP_KEY } });
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

function read(key: string, id: number, run?: string): Promise<Response> {
  return fetch(`${plane.reeve.url}/actions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(run === undefined ? {} : { 'x-reeve-run': run }),
    },
    body: JSON.stringify({ tool: 'shop.read', args: { id } }),
  });
}

const ok = (answers: [number, string | undefined][]) => answers.filter(([status]) => status === 200).length;

it('toolCallsPerRun holds under concurrency, per run, and says what to do', async () => {
  const key = await plane.reeve.key('tools-per-run');
  const before = api.received.length;
  const answers = await concurrently(20, async (i) => statusAndCode(await read(key, i, 'one')));
  expect(ok(answers)).toBe(3);
  expect(answers.filter(([status, code]) => status === 403 && code === 'limit_exceeded')).toHaveLength(17);
  expect(api.received.length - before).toBe(3);
  expect((await read(key, 1, 'two')).status).toBe(200);
  const refused = (await (await read(key, 9, 'one')).json()) as ErrorBody;
  expect(refused.error.message).toContain('start a new run, or ask maya@example.com to raise limits.toolCallsPerRun');
  expect((await plane.chat(key, { headers: { 'x-reeve-run': 'one' } })).status).toBe(200);
});

it('modelCallsPerRun counts calls of every model endpoint together', async () => {
  const key = await plane.reeve.key('models-per-run');
  const headers = { 'x-reeve-run': 'one' };
  const answers = await concurrently(10, async (i) => {
    if (i % 2 === 0) return (await plane.chat(key, { headers })).status;
    const response = await fetch(`${plane.reeve.url}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { ...headers, 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'anthropic/x', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }),
    });
    return response.status;
  });
  expect(answers.filter((status) => status === 200)).toHaveLength(3);
});

// A minute may turn between two calls, so that a second window opens: at most twice the limit, whatever the clock says.
it.each([
  ['modelCallsPerMinute', 'models-per-minute', (key: string) => plane.chat(key)],
  ['toolCallsPerMinute', 'tools-per-minute', (key: string, i: number) => read(key, i)],
])('%s answers 429 with retry-after', async (_limit, name, call) => {
  const key = await plane.reeve.key(name);
  const responses = await concurrently(20, (i) => call(key, i));
  const passed = responses.filter(({ status }) => status === 200).length;
  expect([5, 10]).toContain(passed);
  for (const response of responses.filter(({ status }) => status !== 200)) {
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(await statusAndCode(response)).toEqual([429, 'rate_limited']);
  }
});

it('retriesPerCall stops an identical call, not another', async () => {
  const key = await plane.reeve.key('retries');
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await read(key, 1, 'one')).status);
  expect(statuses).toEqual([200, 200, 200, 403, 403]);
  expect((await read(key, 2, 'one')).status).toBe(200);
  expect((await read(key, 1, 'two')).status).toBe(200);
});

it('wallClockPerRun ends a run by its age', async () => {
  const key = await plane.reeve.key('clock');
  const headers = { 'x-reeve-run': 'long' };
  await (await plane.chat(key, { headers })).text();
  await expect.poll(async () => statusAndCode(await plane.chat(key, { headers }))).toEqual([403, 'limit_exceeded']);
  expect((await plane.chat(key, { headers: { 'x-reeve-run': 'fresh' } })).status).toBe(200);
});
