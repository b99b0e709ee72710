import { tool as langchainTool } from '@langchain/core/tools';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { agent, type CorePlane, startCorePlane } from './core-plane.ts';
import { apiTools, type LocalApi, ORDER_PERMIT, SHOP_KEY, startLocalApi } from './local-api.ts';

// Frameworks as their documentation shows them; only address and key are Reeve's. The model asks for a tool, the framework calls it
// through Reeve, and the model answers with what it returned.

let plane: CorePlane;
let api: LocalApi;
let key: string;
let run: string;
let runs = 0;

beforeAll(async () => {
  api = await startLocalApi();
  plane = await startCorePlane({
    fleet: `${agent('shopper', 'tools: ["shop.*"]')}${apiTools(api.url)}`,
    policies: ORDER_PERMIT,
    environment: { SHOP_KEY },
  });
  key = await plane.reeve.key('shopper');
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});
beforeEach(() => {
  run = `framework-${++runs}`;
});

const ASK = 'call tool order with {"text":"tea"}';
const parameters = z.object({ text: z.string() });
const description = 'Orders something';

async function order(args: { text: string }, name = 'shop.order'): Promise<string> {
  const response = await fetch(`${plane.reeve.url}/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-reeve-run': run },
    body: JSON.stringify({ tool: name, args }),
  });
  const body = (await response.json()) as { sideEffect?: string; error?: { code: string } };
  return body.error?.code ?? body.sideEffect ?? '';
}

async function lineage(): Promise<[kind: string, outcome: string | null][]> {
  const { actionList } = await plane.reeve.admin.call('runs.get', { params: { run } });
  return actionList.map(({ kind, outcome }) => [kind, outcome]);
}

const LOOP = [
  ['model.generate', 'succeeded'],
  ['tool.call', 'succeeded'],
  ['model.generate', 'succeeded'],
];

function langchainModel(): ChatOpenAI {
  const configuration = { baseURL: `${plane.reeve.url}/v1`, defaultHeaders: { 'x-reeve-run': run } };
  return new ChatOpenAI({ model: 'openai/gpt-x', apiKey: key, configuration });
}

it('LangGraph runs a tool loop in one run', async () => {
  const tools = [langchainTool((args) => order(args), { name: 'order', description, schema: parameters })];
  const graph = createReactAgent({ llm: langchainModel(), tools });
  const { messages } = await graph.invoke({ messages: [{ role: 'user', content: ASK }] });
  expect(String(messages.at(-1)?.content)).toMatch(/ord_\d+/);
  expect(await lineage()).toEqual(LOOP);
});

it('LangChain streams text and tool calls', async () => {
  let text = '';
  for await (const chunk of await langchainModel().stream('say "one two three"')) text += String(chunk.content);
  expect(text).toBe('one two three');
  const calls: unknown[] = [];
  const schema = { type: 'object', properties: { text: { type: 'string' } } };
  const model = langchainModel().bindTools([{ type: 'function', function: { name: 'order', parameters: schema } }]);
  for await (const chunk of await model.stream(ASK)) calls.push(...(chunk.tool_call_chunks ?? []));
  expect(calls).toMatchObject([{ name: 'order', args: '{"text":"tea"}' }]);
});

it('LangGraph is told of a refusal, and does not retry', async () => {
  const before = plane.provider.count();
  const llm = new ChatOpenAI({ model: 'nobody?', apiKey: key, configuration: { baseURL: `${plane.reeve.url}/v1` } });
  await expect(
    createReactAgent({ llm, tools: [] }).invoke({ messages: [{ role: 'user', content: 'x' }] }),
  ).rejects.toThrow(/nobody/);
  expect(plane.provider.count()).toBe(before);
});

it.each([true, false])('OpenAI Agents runs a tool loop in one run (responses: %s)', async (useResponses) => {
  const openAIClient = new OpenAI({
    apiKey: key,
    baseURL: `${plane.reeve.url}/v1`,
    defaultHeaders: { 'x-reeve-run': run },
  });
  const runner = new Runner({
    modelProvider: new OpenAIProvider({ openAIClient, useResponses }),
    tracingDisabled: true,
  });
  const shopper = new Agent({
    name: 'shopper',
    model: 'openai/gpt-x',
    tools: [tool({ name: 'order', description, parameters, execute: (args) => order(args) })],
  });
  const { finalOutput } = await runner.run(shopper, ASK);
  expect(finalOutput).toMatch(/ord_\d+/);
  expect(await lineage()).toEqual(LOOP);
});

it('a refused tool call comes back to the model as a result that it can read', async () => {
  const openAIClient = new OpenAI({
    apiKey: key,
    baseURL: `${plane.reeve.url}/v1`,
    defaultHeaders: { 'x-reeve-run': run },
  });
  const runner = new Runner({
    modelProvider: new OpenAIProvider({ openAIClient, useResponses: false }),
    tracingDisabled: true,
  });
  const refused = tool({ name: 'order', description, parameters, execute: (args) => order(args, 'shop.refuse') });
  const { finalOutput } = await runner.run(
    new Agent({ name: 'shopper', model: 'openai/gpt-x', tools: [refused] }),
    ASK,
  );
  expect(finalOutput).toContain('invalid_arguments');
  expect((await lineage())[1]).toEqual(['tool.call', 'invalid']);
});
