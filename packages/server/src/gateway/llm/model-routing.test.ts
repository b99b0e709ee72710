import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startGateway, startRawUpstream } from './__fixtures__/model-gateway.ts';

const MESSAGES = [{ role: 'user', content: 'hello' }];
const REPLY = {
  id: 'x',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 1 },
};

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** An upstream that answers each model name in its own way, and counts. */
async function startUpstream(answers: Readonly<Record<string, Answer>>) {
  const calls: string[] = [];
  const raw = await startRawUpstream((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const { model } = JSON.parse(text) as { model: string };
      calls.push(model);
      (answers[model] ?? ok)(response, request);
    });
  });
  return { ...raw, calls };
}

const ok: Answer = (response) => json(response, 200, REPLY);
const status =
  (code: number): Answer =>
  (response) =>
    json(response, code, { error: { message: `status ${code}` } });
const reset: Answer = (response) => response.destroy();
const hang: Answer = () => {};

function json(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function events(response: ServerResponse, ...data: string[]): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const event of data) response.write(event);
  return response;
}

async function call(url: string, body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer agent-key', 'content-type': 'application/json' },
    body: JSON.stringify({ messages: MESSAGES, ...body }),
  });
  return { status: response.status, text: await response.text() };
}

async function setUp(answers: Readonly<Record<string, Answer>>, models: readonly string[], more: object = {}) {
  const upstream = await startUpstream(answers);
  const targets = models.map((model) => ({ provider: 'openai', model }));
  const gateway = await startGateway({ providerUrl: upstream.url, models: [{ name: 'm', targets, ...more }] });
  return {
    upstream,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

describe('fallback and retry', () => {
  it.each([
    ['500, after one more try', status(500), ['a', 'a', 'b']],
    ['429, after one more try', status(429), ['a', 'a', 'b']],
    ['a reset connection', reset, ['a', 'a', 'b']],
    ['a refused credential, at once', status(401), ['a', 'b']],
  ])('goes on to the next target after %s', async (_name, answer, calls) => {
    await using s = await setUp({ a: answer }, ['a', 'b']);
    expect(await call(s.gateway.url, { model: 'm' })).toMatchObject({ status: 200 });
    expect(s.upstream.calls).toEqual(calls);
    expect(s.gateway.passed.at(-1)?.execution).toMatchObject({ servedBy: 'openai/b', attempts: calls.length });
  });

  it('passes a final refusal on at once', async () => {
    await using s = await setUp({ a: status(400) }, ['a', 'b']);
    expect(await call(s.gateway.url, { model: 'm' })).toEqual({
      status: 400,
      text: '{"error":{"message":"status 400"}}',
    });
    expect(s.upstream.calls).toEqual(['a']);
  });

  it('passes the last error on when all targets failed', async () => {
    await using s = await setUp({ a: status(500), b: status(503) }, ['a', 'b'], { retry: { attempts: 0 } });
    expect((await call(s.gateway.url, { model: 'm' })).status).toBe(503);
    expect(s.upstream.calls).toEqual(['a', 'b']);
  });

  it('gives up on a target that does not begin to answer', async () => {
    await using s = await setUp({ a: hang }, ['a', 'b'], { retry: { attempts: 0 }, timeout: '1s' });
    expect((await call(s.gateway.url, { model: 'm' })).status).toBe(200);
  });

  it('falls back when a stream breaks before its first event, but never after it', async () => {
    const first = 'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}\n\n';
    await using s = await setUp(
      {
        a: (response) => void setTimeout(() => events(response).destroy(), 5),
        b: (response) => events(response, 'data: {"error":{"message":"overloaded"}}\n\n').end(),
        c: (response) =>
          events(response, first, 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n').end(),
      },
      ['a', 'b', 'c'],
      { retry: { attempts: 0 } },
    );
    const answer = await call(s.gateway.url, { model: 'm', stream: true });
    expect(s.upstream.calls).toEqual(['a', 'b', 'c']);
    expect(answer.text).toContain('hi');
    const cutLate: Answer = (response) => {
      const open = events(response, first);
      setTimeout(() => open.destroy(), 50);
    };
    await using cut = await setUp({ a: cutLate }, ['a', 'b']);
    const broken = await call(cut.gateway.url, { model: 'm', stream: true });
    expect(cut.upstream.calls).toEqual(['a']);
    expect(broken.text).toContain('"code":"upstream_failed"');
  });

  it('opens a circuit after failures in a row, says when to come back, and probes with one call', async () => {
    let healthy = false;
    await using s = await setUp(
      { a: (response) => (healthy ? ok : status(500))(response, {} as IncomingMessage) },
      ['a'],
      {
        retry: { attempts: 0 },
        circuit: { failures: 2, cooldown: '300ms' },
      },
    );
    await call(s.gateway.url, { model: 'm' });
    await call(s.gateway.url, { model: 'm' });
    const open = await call(s.gateway.url, { model: 'm' });
    expect(open.status).toBe(503);
    expect(s.upstream.calls).toHaveLength(2);
    healthy = true;
    await expect.poll(async () => (await call(s.gateway.url, { model: 'm' })).status).toBe(200);
  });
});

describe('names', () => {
  it('shows and serves only what the agent may use', async () => {
    const upstream = await startUpstream({});
    await using gateway = await startGateway({
      providerUrl: upstream.url,
      models: [
        { name: 'mine', targets: [{ provider: 'openai', model: 'a' }] },
        { name: 'other', targets: [{ provider: 'openai', model: 'a' }] },
        { name: 'claude', targets: [{ provider: 'anthropic', model: 'a' }] },
      ],
      agent: { models: ['mine', 'claude', 'openai/gpt-x'] },
    });
    const get = async (path: string) => {
      const response = await fetch(gateway.url + path, { headers: { 'x-api-key': 'agent-key' } });
      return { status: response.status, body: (await response.json()) as Record<string, { id: string }[]> };
    };
    expect((await get('/v1/models')).body.data?.map((model) => model.id)).toEqual(['mine', 'openai/gpt-x']);
    expect((await get('/anthropic/v1/models')).body.data?.map((model) => model.id)).toEqual(['claude']);
    expect((await get('/v1/models/openai/gpt-x')).status).toBe(200);
    expect((await get('/v1/models/other')).status).toBe(404);
    expect((await call(gateway.url, { model: 'other' })).status).toBe(404);
    expect((await call(gateway.url, { model: 'openai/gpt-y' })).status).toBe(404);
    expect((await call(gateway.url, { model: 'nobody/gpt-y' })).status).toBe(404);
    const other = await call(gateway.url, { model: 'claude' });
    expect(other.text).toContain('has no target that speaks the openai API');
    expect((await call(gateway.url, { model: 'gpt-x' })).status).toBe(200);
    expect(gateway.passed.at(-1)?.target.name).toBe('openai/gpt-x');
    expect(upstream.calls).toEqual(['gpt-x']);
    await upstream[Symbol.asyncDispose]();
  });

  it('names what is wrong in a fleet', async () => {
    await using gateway = await startGateway({
      providerUrl: 'http://127.0.0.1:1',
      models: [
        {
          name: 'm',
          targets: [
            { provider: 'acme', model: 'a' },
            { provider: 'openai', model: 'a', credential: 'nope' },
          ],
        },
      ],
    });
    expect(gateway.problems.map((problem) => [problem.path, problem.message.split(':')[0]])).toEqual([
      [['targets', 0, 'provider'], 'provider "acme" is not known'],
      [['targets', 1, 'credential'], 'no Secret is named "nope"'],
    ]);
  });
});

describe('checked content', () => {
  it('redacts every place of a request and of a streamed or whole reply', async () => {
    const seen: string[] = [];
    const leak = {
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'SECRET',
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":"SECRET"}' } }],
          },
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 1 },
      extra: 1,
    };
    const upstream = await startRawUpstream((request, response) => {
      request.on('data', (chunk) => seen.push(String(chunk)));
      request.on('end', () => {
        if (!seen.at(-1)?.includes('"stream":true')) return json(response, 200, leak);
        events(
          response,
          'data: {"choices":[{"index":0,"delta":{"content":"a SECRET b"},"finish_reason":"stop"}]}\n\n',
          'data: [DONE]\n\n',
        ).end();
      });
    });
    await using gateway = await startGateway({
      providerUrl: upstream.url,
      redact: (text) => text.replaceAll('SECRET', '***'),
    });
    const body = {
      model: 'openai/m',
      messages: [
        { role: 'system', content: 'SECRET' },
        { role: 'user', content: [{ type: 'text', text: 'SECRET' }], name: 'SECRET' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":"SECRET"}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'SECRET' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'f', description: 'SECRET', parameters: { type: 'object', description: 'SECRET' } },
        },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'n', description: 'SECRET' } },
    };
    const whole = await call(gateway.url, body);
    expect(seen.at(-1)).not.toContain('SECRET');
    expect(seen.at(-1)?.match(/\*\*\*/g)).toHaveLength(8);
    expect(JSON.parse(whole.text)).toEqual(JSON.parse(JSON.stringify(leak).replaceAll('SECRET', '***')));
    const streamed = await call(gateway.url, { ...body, stream: true });
    expect(streamed.text).toContain('"content":"a *** b"');
    expect(streamed.text).not.toContain('SECRET');
    await upstream[Symbol.asyncDispose]();
  });
});
