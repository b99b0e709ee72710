import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelProvider, startModelProvider } from '../../../../testkit/src/index.ts';
import { startGateway } from './__fixtures__/model-gateway.ts';

const CHAT = { model: 'openai/gpt-x', messages: [{ role: 'user', content: 'say "one two three"' }] };
const MESSAGES = { model: 'claude-x', max_tokens: 50, messages: CHAT.messages };
const GENERATE = { contents: [{ role: 'user', parts: [{ text: 'say "one two three"' }] }] };

let provider: ModelProvider;
let gateway: Awaited<ReturnType<typeof startGateway>>;

beforeAll(async () => {
  provider = await startModelProvider({ apiKey: 'value-of-main' });
  gateway = await startGateway({ providerUrl: provider.url });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await provider.close();
});

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: 'Bearer agent-key', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

function lastRequest() {
  const last = provider.requests.at(-1);
  if (last === undefined) throw new Error('no request reached the provider');
  return last;
}

describe('whole replies', () => {
  it.each([
    ['/v1/chat/completions', CHAT],
    ['/openai/v1/chat/completions', { ...CHAT, model: 'gpt-x' }],
    ['/v1/responses', { model: 'gpt-x', input: 'say "one two three"' }],
    ['/v1/embeddings', { model: 'embed-x', input: 'hello' }],
    ['/anthropic/v1/messages', MESSAGES],
    ['/anthropic/v1/messages/count_tokens', MESSAGES],
    ['/gemini/v1beta/models/gemini-x:generateContent', GENERATE],
    ['/gemini/v1beta/models/gemini-x:countTokens', GENERATE],
    [
      '/gemini/v1beta/models/gemini-x:batchEmbedContents',
      { requests: [{ model: 'models/gemini-x', content: GENERATE.contents[0] }] },
    ],
  ])('%s answers and is priced', async (path, body) => {
    const response = await post(path, body);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-reeve-run')).toBe('run-1');
    expect(response.headers.get('x-reeve-action')).toMatch(/^act_/);
    expect(response.headers.get('x-reeve-decision')).toBe('allow');
    await response.json();
    const passed = gateway.passed.at(-1);
    const free = path.includes('ount');
    if (free) expect(passed?.costNanoUsd).toBe(0);
    else expect(passed?.costNanoUsd).toBeGreaterThan(0);
    expect(passed?.costNanoUsd).toBeLessThanOrEqual(passed?.target.worstCase.nanoUsd ?? -1);
  });

  it('injects the credential and an output limit, and leaves all else as it was written', async () => {
    const text =
      '{ "big":1.50, "messages":[{"role":"user","content":"h\\u00e9"}],\n "model":"openai/gpt-x","unknown":{"a":1.0} }';
    await post('/v1/chat/completions', text, {
      cookie: 'a=b',
      'openai-organization': 'org-x',
      'x-reeve-feature': 'f',
      'x-api-key': 'other',
    });
    const { body, headers } = lastRequest();
    expect(body).toBe(text.replace('{ "big"', '{"max_completion_tokens":4096, "big"').replace('openai/gpt-x', 'gpt-x'));
    expect(headers.authorization).toBe('Bearer value-of-main');
    for (const name of ['cookie', 'openai-organization', 'x-reeve-feature', 'x-api-key'])
      expect(headers[name]).toBeUndefined();
  });

  it('sends nothing of the upstream back but what clients need', async () => {
    const response = await post('/v1/chat/completions', CHAT);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('openai-organization')).toBeNull();
    expect(response.headers.get('x-request-id')).toBe('req_simulated');
  });

  it("passes an upstream's own error on, and hides a refused credential", async () => {
    const error = await post('/v1/chat/completions', { ...CHAT, model: 'openai/sim-error-400' });
    expect([error.status, await error.json()]).toEqual([
      400,
      { error: { message: 'simulated 400', type: 'invalid_request_error', param: null, code: null } },
    ]);
    expect(gateway.passed.at(-1)?.costNanoUsd).toBe(0);
    const refused = await post('/v1/chat/completions', { ...CHAT, model: 'openai/sim-error-401' });
    expect(refused.status).toBe(502);
  });

  it('estimates where the provider says no usage: never zero, never more than the reservation', async () => {
    await post('/v1/chat/completions', { ...CHAT, model: 'openai/sim-no-usage' });
    const passed = gateway.passed.at(-1);
    expect(passed?.usage).toMatchObject({ source: 'estimated' });
    expect(passed?.costNanoUsd).toBeGreaterThan(0);
    expect(passed?.costNanoUsd).toBeLessThanOrEqual(passed?.target.worstCase.nanoUsd ?? -1);
  });
});

describe('streams', () => {
  const STREAMS: readonly (readonly [string, object])[] = [
    ['/v1/chat/completions', { ...CHAT, stream: true }],
    ['/v1/responses', { model: 'gpt-x', input: 'say "one two three"', stream: true }],
    ['/anthropic/v1/messages', { ...MESSAGES, stream: true }],
    ['/gemini/v1beta/models/gemini-x:streamGenerateContent?alt=sse', GENERATE],
  ];

  it.each(STREAMS)('%s costs what the whole call costs', async (path, body) => {
    const text = await (await post(path, body)).text();
    for (const word of ['one', 'two', 'three']) expect(text).toContain(word);
    const streamed = gateway.passed.at(-1);
    expect(streamed?.outcome.kind).toBe('succeeded');
    expect(streamed?.usage?.source).toBe('reported');
    expect(streamed?.usage?.outputTokens).toBe(3);
    expect(streamed?.costNanoUsd).toBeGreaterThan(0);
  });

  it('hides the usage chunk that the caller did not ask for, and only then', async () => {
    const silent = await (await post('/v1/chat/completions', { ...CHAT, stream: true })).text();
    expect(silent).not.toContain('prompt_tokens');
    expect(silent).toMatch(/data: \[DONE\]\n\n$/);
    const asked = { ...CHAT, stream: true, stream_options: { include_usage: true } };
    expect(await (await post('/v1/chat/completions', asked)).text()).toContain('prompt_tokens');
    const refused = { ...CHAT, stream: true, stream_options: { include_usage: false } };
    expect(await (await post('/v1/chat/completions', refused)).text()).not.toContain('prompt_tokens');
    expect(gateway.passed.at(-1)?.usage?.source).toBe('reported');
  });

  it.each([
    [
      '/v1/chat/completions',
      { ...CHAT, stream: true, model: 'openai/sim-cut-stream' },
      /data: \{"error":\{.*upstream_failed/,
    ],
    [
      '/v1/responses',
      { model: 'sim-cut-stream', input: 'x', stream: true },
      /event: error\ndata: \{"type":"error","code":"upstream_failed"/,
    ],
    [
      '/anthropic/v1/messages',
      { ...MESSAGES, stream: true, model: 'sim-cut-stream' },
      /event: error\ndata: \{"type":"error"/,
    ],
    ['/gemini/v1beta/models/sim-cut-stream:streamGenerateContent?alt=sse', GENERATE, /\r\n\r\n\{"error":\{"code":502/],
  ])('%s: a cut stream ends with an error and is charged by estimate', async (path, body, shape) => {
    const text = await (await post(path, body)).text();
    expect(text).toMatch(shape);
    const passed = gateway.passed.at(-1);
    expect(passed?.outcome.kind).toBe('upstream_failed');
    expect(passed?.usage?.source).toBe('estimated');
    expect(passed?.costNanoUsd).toBeGreaterThan(0);
    expect(passed?.costNanoUsd).toBeLessThan(passed?.target.worstCase.nanoUsd ?? -1);
  });

  it("passes the provider's own error event on, once", async () => {
    const text = await (
      await post('/anthropic/v1/messages', { ...MESSAGES, stream: true, model: 'sim-error-stream' })
    ).text();
    expect(text.match(/event: error/g)).toHaveLength(1);
    expect(gateway.passed.at(-1)?.outcome.kind).toBe('upstream_failed');
  });

  it('ends the upstream call when the caller goes away, and charges what was streamed', async () => {
    const words = Array.from({ length: 200 }, (_, i) => `word${i}`).join(' ');
    const before = gateway.passed.length;
    const controller = new AbortController();
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer agent-key', 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'openai/sim-slow-stream',
        stream: true,
        messages: [{ role: 'user', content: `say "${words}"` }],
      }),
      signal: controller.signal,
    });
    await response.body?.getReader().read();
    controller.abort();
    await expect.poll(() => gateway.passed.length).toBeGreaterThan(before);
    const passed = gateway.passed.at(-1);
    expect(passed?.outcome.kind).toBe('aborted');
    expect(passed?.usage?.source).toBe('estimated');
    expect(passed?.costNanoUsd).toBeGreaterThan(0);
    await expect.poll(() => lastRequest().aborted).toBe(true);
  });
});

describe('refusals', () => {
  it.each([
    ['/v1/chat/completions', 'nope', 400, 'invalid_request'],
    ['/v1/chat/completions', '[]', 400, 'invalid_request'],
    ['/v1/chat/completions', { messages: [] }, 400, 'invalid_request'],
    ['/v1/chat/completions', { ...CHAT, max_tokens: -1 }, 400, 'invalid_request'],
    ['/v1/chat/completions', { ...CHAT, n: 1e9 }, 400, 'invalid_request'],
    ['/v1/chat/completions', { ...CHAT, tools: [{ type: 'web_search' }] }, 400, 'invalid_arguments'],
    [
      '/v1/responses',
      { model: 'x', input: 'x', tools: [{ type: 'mcp', server_url: 'https://example.com' }] },
      400,
      'invalid_arguments',
    ],
    ['/v1/responses', { model: 'x', input: 'x', background: true }, 400, 'invalid_arguments'],
    ['/v1/responses', { model: 'x', input: 'x', previous_response_id: 'resp_1' }, 400, 'invalid_arguments'],
    [
      '/v1/responses',
      { model: 'x', input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
      400,
      'invalid_arguments',
    ],
    ['/v1/audio/speech', {}, 404, 'not_found'],
    ['/openai/v1/files', {}, 404, 'not_found'],
  ])('%s %j', async (path, body, status, code) => {
    const before = provider.count();
    const response = await post(path, body);
    const answer = (await response.json()) as { error: { code: string; message: string } };
    expect([response.status, answer.error.code]).toEqual([status, code]);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(provider.count()).toBe(before);
  });

  it.each([
    ['/anthropic/v1/messages', { ...MESSAGES, mcp_servers: [{ type: 'url', url: 'https://example.com' }] }],
    ['/anthropic/v1/messages', { ...MESSAGES, tools: [{ type: 'web_fetch_20260318', name: 'web_fetch' }] }],
    [
      '/anthropic/v1/messages',
      {
        ...MESSAGES,
        messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'f' } }] }],
      },
    ],
    ['/gemini/v1beta/models/gemini-x:generateContent', { ...GENERATE, tools: [{ google_search: {} }] }],
    ['/gemini/v1beta/models/gemini-x:generateContent', { ...GENERATE, cached_content: 'cachedContents/x' }],
    ['/gemini/v1beta/models/gemini-x:streamGenerateContent', GENERATE],
    ['/gemini/v1beta/models/gemini-x:predictLongRunning', GENERATE],
    ['/anthropic/v1/messages/batches', {}],
  ])('%s %j is refused in its own shape', async (path, body) => {
    const before = provider.count();
    const response = await post(path, body);
    const answer = (await response.json()) as { type?: string; error: { type?: string; status?: string } };
    expect([400, 404]).toContain(response.status);
    expect(path.startsWith('/gemini') ? answer.error.status : answer.error.type).toMatch(
      /INVALID_ARGUMENT|NOT_FOUND|_error$/,
    );
    expect(provider.count()).toBe(before);
  });

  it('takes a tool call whose arguments look like a hosted file', async () => {
    const input = { source: { type: 'file' }, type: 'file' };
    const messages = [
      ...MESSAGES.messages,
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'open', input }] },
    ];
    expect((await post('/anthropic/v1/messages', { ...MESSAGES, messages })).status).toBe(200);
  });

  it('refuses an unknown credential with 401', async () => {
    expect((await post('/v1/chat/completions', CHAT, { authorization: 'Bearer wrong' })).status).toBe(401);
    const get = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: 'Bearer wrong' } });
    expect(get.status).toBe(401);
  });
});
