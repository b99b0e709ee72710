import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, PROMPT, SAID, startModelPlane, TOOL_PROMPT, UPSTREAM_KEY } from './model-plane.ts';

let plane: Awaited<ReturnType<typeof startModelPlane>>;
let client: OpenAI;
const messages = [{ role: 'user' as const, content: PROMPT }];

beforeAll(async () => {
  plane = await startModelPlane();
  client = new OpenAI({ apiKey: plane.key, baseURL: `${plane.reeve.url}/v1` });
});
afterAll(() => plane[Symbol.asyncDispose]());

describe('the official openai client', () => {
  it('chats through a route with fallback, and is told run, action, decision and cost', async () => {
    const { data, response } = await client.chat.completions.create({ model: 'small', messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe(SAID);
    expect(response.headers.get('x-reeve-action')).toMatch(/^act_/);
    expect(response.headers.get('x-reeve-run')).not.toBeNull();
    expect(response.headers.get('x-reeve-decision')).toBe('allow');
    expect(Number(response.headers.get('x-reeve-cost-usd'))).toBeGreaterThan(0);
    expect(plane.provider.requests.at(-1)?.headers.authorization).toBe(`Bearer ${UPSTREAM_KEY}`);
  });

  it('streams text and tool calls', async () => {
    let text = '';
    const stream = await client.chat.completions.create({ model: 'openai/gpt-x', messages, stream: true });
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(SAID);
    const asked = { model: 'gpt-x', messages: [{ role: 'user' as const, content: TOOL_PROMPT }] };
    const final = await client.chat.completions.stream(asked).finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'weather', arguments: '{"city":"Oslo"}' },
    });
  });

  it('uses responses, embeddings and models', async () => {
    expect((await client.responses.create({ model: 'gpt-x', input: PROMPT })).output_text).toBe(SAID);
    expect((await client.responses.stream({ model: 'gpt-x', input: PROMPT }).finalResponse()).output_text).toBe(SAID);
    expect((await client.embeddings.create({ model: 'embed-x', input: 'x' })).data).toHaveLength(1);
    expect((await client.models.list()).data.map((model) => model.id)).toEqual(['small']);
    expect((await client.models.retrieve('small')).id).toBe('small');
  });

  it('raises on a cut stream', async () => {
    const stream = await client.chat.completions.create({ model: 'sim-cut-stream', messages, stream: true });
    await expect(collect(stream)).rejects.toThrow(/broke/);
    const events = await client.responses.create({ model: 'sim-cut-stream', input: PROMPT, stream: true });
    await expect(collect(events)).rejects.toThrow(/broke/);
  });

  it('is refused once, without retries, for what happens out of sight', async () => {
    const before = plane.provider.count();
    await expect(client.responses.create({ model: 'gpt-x', input: 'x', background: true })).rejects.toMatchObject({
      status: 400,
      code: 'invalid_arguments',
    });
    await expect(client.chat.completions.create({ model: 'nobody/x?', messages })).rejects.toMatchObject({
      status: 404,
    });
    const stranger = new OpenAI({ apiKey: 'nobody', baseURL: `${plane.reeve.url}/v1` });
    await expect(stranger.chat.completions.create({ model: 'small', messages })).rejects.toMatchObject({ status: 401 });
    expect(plane.provider.count()).toBe(before);
  });
});
