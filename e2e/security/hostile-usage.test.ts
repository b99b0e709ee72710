import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HostileUpstream, json, startHostileUpstream } from './hostile-upstream.ts';

// What a call costs where the provider says nothing, nonsense or too much, or the caller leaves before it can say anything.
// A token costs a tenth of a cent in output and nothing in input.

let upstream: HostileUpstream;
let reeve: Reeve;

const NAMES = ['leaver', 'retrier', 'silent', 'negative', 'words', 'huge'];
const agents = NAMES.map(
  (name) => `---
{ kind: Agent, name: ${name}, owner: maya@example.com, purpose: Test, models: ["*"], budgets: [{ per: month, usd: 1000 }] }
`,
);

beforeAll(async () => {
  upstream = await startHostileUpstream();
  const fleet = `kind: Workspace
name: default
providers: { openai: { baseUrl: "${upstream.url}/v1" } }
prices: [{ model: openai/*, price: { input: 0, output: 1000 } }]
${agents.join('')}---
kind: Model
name: patient
targets: [{ provider: openai, model: x }]
retry: { attempts: 1, on: [connect, 5xx] }
`;
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet } });
});
afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
});

const ask = async (agent: string, model: string, signal?: AbortSignal) =>
  fetch(`${reeve.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await reeve.key(agent)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] }),
    ...(signal === undefined ? {} : { signal }),
  });
const spent = async (agent: string) => {
  const { items } = await reeve.admin.call('budgets.list', { query: { agent } });
  return items.map(({ spent: usd, reserved, overrun }) => ({ usd, reserved, overrun }));
};
const answer = (usage: unknown) =>
  json(200, { choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(90) } }], usage });

test('who leaves before the answer pays as if the model had gone to the limit', async () => {
  const gone = new AbortController();
  upstream.answer = () => gone.abort();
  await expect(ask('leaver', 'openai/x', gone.signal)).rejects.toThrow();
  await expect.poll(() => spent('leaver')).toEqual([{ usd: '0.1', reserved: '0', overrun: '0' }]);
});

test('an attempt that got no answer is paid for beside the one that did', async () => {
  let attempts = 0;
  upstream.answer = (response, heard) =>
    ++attempts === 1 ? void response.destroy() : answer({ prompt_tokens: 1, completion_tokens: 5 })(response, heard);
  const response = await ask('retrier', 'patient');
  expect([response.status, attempts]).toEqual([200, 2]);
  expect(response.headers.get('x-reeve-cost-usd')).toBe('0.105');
});

test.each([
  ['silent', {}],
  ['negative', { prompt_tokens: -1, completion_tokens: -1 }],
  ['words', { prompt_tokens: 'none', completion_tokens: 'none' }],
])('usage that says nothing is estimated: %s', async (agent, usage) => {
  upstream.answer = answer(usage);
  const response = await ask(agent, 'openai/x');
  expect(response.status).toBe(200);
  expect(Number(response.headers.get('x-reeve-cost-usd'))).toBeGreaterThan(0.02);
});

test('a claim beyond all reason ends the budget, and nothing else', async () => {
  upstream.answer = answer({ prompt_tokens: 1e308, completion_tokens: 1e308 });
  expect((await ask('huge', 'openai/x')).status).toBe(200);
  expect((await ask('huge', 'openai/x')).status).toBe(403);
  upstream.answer = answer({ prompt_tokens: 1, completion_tokens: 1 });
  expect((await ask('words', 'openai/x')).status).toBe(200);
  const { items } = await reeve.admin.call('actions.list', { query: { agent: 'huge' } });
  expect(items.map(({ outcome }) => outcome).sort()).toEqual(['over_budget', 'succeeded']);
});
