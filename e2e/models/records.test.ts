import type { ActionView } from '@reeve/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROMPT, startModelPlane, UPSTREAM_KEY } from './model-plane.ts';

let plane: Awaited<ReturnType<typeof startModelPlane>>;
beforeAll(async () => {
  plane = await startModelPlane();
});
afterAll(() => plane[Symbol.asyncDispose]());

const messages = [{ role: 'user', content: PROMPT }];
const contents = [{ role: 'user', parts: [{ text: PROMPT }] }];

/** Path, body, and the header in which the API has its credential. */
const SURFACES: Record<string, [path: string, body: object, header: string]> = {
  chat: ['/v1/chat/completions', { model: 'gpt-x', messages }, 'authorization'],
  'chat, streamed': ['/v1/chat/completions', { model: 'gpt-x', messages, stream: true }, 'authorization'],
  'chat, reasoning': ['/openai/v1/chat/completions', { model: 'reason-x', messages }, 'authorization'],
  responses: ['/v1/responses', { model: 'gpt-x', input: PROMPT }, 'authorization'],
  'responses, streamed': ['/v1/responses', { model: 'reason-x', input: PROMPT, stream: true }, 'authorization'],
  messages: ['/anthropic/v1/messages', { model: 'claude-x', max_tokens: 99, messages }, 'x-api-key'],
  'messages, streamed': [
    '/anthropic/v1/messages',
    { model: 'think-x', max_tokens: 99, messages, stream: true },
    'x-api-key',
  ],
  generateContent: ['/gemini/v1beta/models/gemini-x:generateContent', { contents }, 'x-goog-api-key'],
  streamGenerateContent: [
    '/gemini/v1beta/models/think-x:streamGenerateContent?alt=sse',
    { contents },
    'x-goog-api-key',
  ],
  embeddings: ['/v1/embeddings', { model: 'embed-x', input: PROMPT }, 'authorization'],
};

async function send(path: string, body: object, headers: Record<string, string>): Promise<Response> {
  return fetch(new URL(path, plane.reeve.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

async function recorded(response: Response): Promise<ActionView> {
  return plane.reeve.admin.call('actions.get', { params: { action: response.headers.get('x-reeve-action') ?? '' } });
}

const credential = (header: string) => ({ [header]: header === 'authorization' ? `Bearer ${plane.key}` : plane.key });
const REASONING = 32;

it.each(Object.entries(SURFACES))(
  '%s: usage and price are on the record, the run is named',
  async (name, [path, body, header]) => {
    const run = `record-${name.replaceAll(/\W+/g, '-')}`;
    const response = await send(path, body, {
      ...credential(header),
      'x-reeve-run': run,
      'x-reeve-feature': 'search',
      'x-reeve-user': 'u-1',
      'x-reeve-session': 's-1',
    });
    await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('x-reeve-run')).toBe(run);
    const action = await recorded(response);
    const output =
      name === 'embeddings' ? 0 : 3 + (/reason-x|think-x/.test(JSON.stringify([path, body])) ? REASONING : 0);
    expect(action).toMatchObject({
      outcome: 'succeeded',
      usageSource: 'reported',
      outputTokens: output,
      feature: 'search',
      user: 'u-1',
      session: 's-1',
    });
    // A dollar per million tokens of input, two of output.
    const cost = ((action.inputTokens ?? 0) + 2 * output) / 1e6;
    expect(Number(action.costUsd)).toBeCloseTo(cost, 9);
    expect(action.inputTokens).toBeGreaterThan(5);
    expect((await plane.reeve.admin.call('runs.get', { params: { run } })).costUsd).toBe(action.costUsd);
  },
);

it.each(Object.entries(SURFACES))(
  "%s: the provider sees Reeve's credential only, the agent its own only",
  async (_name, [path, body, header]) => {
    const response = await send(path, body, credential(header));
    const reply = await response.text();
    const received = plane.provider.requests.at(-1);
    expect(JSON.stringify(received)).not.toContain(plane.key);
    expect(received?.headers[header]).toBe(header === 'authorization' ? `Bearer ${UPSTREAM_KEY}` : UPSTREAM_KEY);
    expect(reply + JSON.stringify([...response.headers])).not.toContain(UPSTREAM_KEY);
    expect(JSON.stringify([...response.headers])).not.toContain('org-of-the-operator');
  },
);

it('a provider that echoes the credential it was sent does not tell it to the agent', async () => {
  await using wrong = await startModelPlane({ UPSTREAM_KEY: 'another-upstream-key-that-is-wrong' });
  const response = await fetch(`${wrong.reeve.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${wrong.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-x', messages }),
  });
  expect(response.ok).toBe(false);
  expect(await response.text()).not.toContain('another-upstream-key');
});

it('an aborted stream is charged for what it may have cost, and says that it is an estimate', async () => {
  const aborter = new AbortController();
  const response = await fetch(`${plane.reeve.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...credential('authorization'), 'content-type': 'application/json', 'x-reeve-run': 'aborted' },
    body: JSON.stringify({
      model: 'sim-slow-stream',
      messages: [{ role: 'user', content: `say "${'word '.repeat(200)}"` }],
      stream: true,
    }),
    signal: aborter.signal,
  });
  await response.body?.getReader().read();
  aborter.abort();
  const ended = async () => (await plane.reeve.admin.call('runs.get', { params: { run: 'aborted' } })).actionList[0];
  await expect.poll(async () => (await ended())?.outcome, { timeout: 10_000 }).toBe('aborted');
  const action = await ended();
  expect(action?.usageSource).toBe('estimated');
  expect(Number(action?.costUsd)).toBeGreaterThan(0);
  await expect.poll(() => plane.provider.requests.at(-1)?.aborted).toBe(true);
});

it('one run joins the calls of every client that names it, and another agent cannot join', async () => {
  for (const [path, body, header] of Object.values(SURFACES)) {
    await (await send(path, body, { ...credential(header), 'x-reeve-run': 'joined' })).text();
  }
  const other = await plane.reeve.key('other');
  await (
    await send(
      '/v1/embeddings',
      { model: 'embed-x', input: 'x' },
      { authorization: `Bearer ${other}`, 'x-reeve-run': 'joined' },
    )
  ).text();
  const { items } = await plane.reeve.admin.call('runs.list', { query: { name: 'joined' } });
  expect(items.map(({ agent, actions }) => [agent, actions]).sort()).toEqual([
    ['other', 1],
    ['tester', Object.keys(SURFACES).length],
  ]);
});
