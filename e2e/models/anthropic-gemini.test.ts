import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { generateText, streamText } from 'ai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect, PROMPT, SAID, startModelPlane, TOOL_PROMPT } from './model-plane.ts';

let plane: Awaited<ReturnType<typeof startModelPlane>>;
beforeAll(async () => {
  plane = await startModelPlane();
});
afterAll(() => plane[Symbol.asyncDispose]());

it('serves the official Anthropic client', async () => {
  const client = new Anthropic({ apiKey: plane.key, baseURL: `${plane.reeve.url}/anthropic` });
  const ask = (content: string, model = 'claude-x') => ({
    model,
    max_tokens: 50,
    messages: [{ role: 'user' as const, content }],
  });
  expect((await client.messages.create(ask(PROMPT))).content[0]).toMatchObject({ text: SAID });
  expect(await client.messages.stream(ask(PROMPT)).finalText()).toBe(SAID);
  const called = await client.messages.stream(ask(TOOL_PROMPT)).finalMessage();
  expect(called.content[0]).toMatchObject({ type: 'tool_use', input: { city: 'Oslo' } });
  expect(
    (await client.messages.countTokens({ model: 'claude-x', messages: ask(PROMPT).messages })).input_tokens,
  ).toBeGreaterThan(0);
  expect((await client.models.list()).data).toEqual([]);
  await expect(client.messages.stream(ask(PROMPT, 'sim-cut-stream')).finalText()).rejects.toThrow(/broke/);
  await expect(client.messages.create(ask(PROMPT, 'nobody/x?'))).rejects.toMatchObject({ status: 404 });
});

it('serves the official Gemini client', async () => {
  const client = new GoogleGenAI({ apiKey: plane.key, httpOptions: { baseUrl: `${plane.reeve.url}/gemini` } });
  const { models } = client;
  expect((await models.generateContent({ model: 'gemini-x', contents: PROMPT })).text).toBe(SAID);
  expect((await models.generateContent({ model: 'gemini/gemini-x', contents: PROMPT })).text).toBe(SAID);
  const called = await models.generateContent({ model: 'gemini-x', contents: TOOL_PROMPT });
  expect(called.functionCalls?.[0]).toMatchObject({ name: 'weather', args: { city: 'Oslo' } });
  let text = '';
  for await (const chunk of await models.generateContentStream({ model: 'gemini-x', contents: PROMPT }))
    text += chunk.text ?? '';
  expect(text).toBe(SAID);
  expect((await models.countTokens({ model: 'gemini-x', contents: 'x' })).totalTokens).toBeGreaterThan(0);
  expect((await models.embedContent({ model: 'gemini-x', contents: 'x' })).embeddings).toHaveLength(1);
  const cut = async () => collect(await models.generateContentStream({ model: 'sim-cut-stream', contents: PROMPT }));
  await expect(cut()).rejects.toThrow();
});

it('serves the ai package over both shapes', async () => {
  const openai = createOpenAI({ apiKey: plane.key, baseURL: `${plane.reeve.url}/v1` });
  const anthropic = createAnthropic({ apiKey: plane.key, baseURL: `${plane.reeve.url}/anthropic/v1` });
  for (const model of [openai('gpt-x'), openai.chat('gpt-x'), anthropic('claude-x')]) {
    expect((await generateText({ model, prompt: PROMPT })).text).toBe(SAID);
    expect(await streamText({ model, prompt: PROMPT }).text).toBe(SAID);
  }
});
