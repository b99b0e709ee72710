import { tool } from '@langchain/core/tools';
import { Command, INTERRUPT, isInterrupted, MemorySaver } from '@langchain/langgraph';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { guardedTool, type HeldCall } from '@reeve/sdk/langgraph';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type SdkPlane, startSdkPlane } from './sdk-plane.ts';

// Tools of LangGraph as its documentation shows them: what Reeve holds interrupts the graph, and resuming it asks Reeve again.

interface Payment {
  readonly to: string;
  readonly cents: number;
}

let plane: SdkPlane;
beforeAll(async () => {
  plane = await startSdkPlane();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

let run: string;
let runs = 0;
let cents = 500;
let paid: Payment[];
let looked: number;
beforeEach(() => {
  run = `graph-${++runs}`;
  cents += 1;
  paid = [];
  looked = 0;
});

function clerk() {
  const reeve = plane.governed(run);
  const description = 'Does what a bank does';
  const pay = guardedTool(reeve, 'bank.pay', (args: Payment) => {
    paid.push(args);
    return { id: `pay_${paid.length}` };
  });
  const balance = guardedTool(reeve, 'bank.balance', ({ of }: { of: string }) => ({ of, looked: ++looked }));
  const close = guardedTool(reeve, 'bank.close', () => paid.push({ to: 'nobody', cents }));
  const tools = [
    tool(pay, { name: 'pay', description, schema: z.object({ to: z.string(), cents: z.number() }) }),
    tool(balance, { name: 'balance', description, schema: z.object({ of: z.string() }) }),
    tool(close, { name: 'close', description, schema: z.object({}) }),
  ];
  const configuration = { baseURL: `${plane.reeve.url}/v1`, defaultHeaders: { 'x-reeve-run': run } };
  const llm = new ChatOpenAI({ model: 'openai/gpt-x', apiKey: plane.keys.clerk, configuration });
  return createReactAgent({ llm, tools, checkpointer: new MemorySaver() });
}

const thread = () => ({ configurable: { thread_id: run } });
const ask = (text: string) => ({ messages: [{ role: 'user', content: text }] });
const payment = () => ask(`call tool pay with {"to":"acme","cents":${cents}}`);

function heldCall(state: unknown): HeldCall {
  if (!isInterrupted<HeldCall>(state)) throw new Error('the graph is not interrupted');
  const value = state[INTERRUPT][0]?.value;
  if (value === undefined) throw new Error('an interrupt without a value');
  return value;
}

it('what Reeve permits runs without an interrupt', async () => {
  const state = await clerk().invoke(ask('call tool balance with {"of":"acme"}'), thread());
  expect(isInterrupted(state)).toBe(false);
  expect(String(state.messages.at(-1)?.content)).toContain('acme');
  expect(await plane.calls(run)).toMatchObject([{ verdict: 'allow', outcome: 'succeeded', grade: 'advised' }]);
});

it('what Reeve holds interrupts the graph with the approval; resumed after people approved, it goes through once', async () => {
  const graph = clerk();
  const held = heldCall(await graph.invoke(payment(), thread()));
  const [id = ''] = await plane.waiting(run);
  expect(held).toMatchObject({
    type: 'reeve.approval',
    tool: 'bank.pay',
    args: { to: 'acme', cents },
    approval: { id, url: `${plane.reeve.url}/approvals/${id}` },
  });
  expect(paid).toEqual([]);
  await plane.approve(id);
  const state = await graph.invoke(new Command({ resume: true }), thread());
  expect(String(state.messages.at(-1)?.content)).toContain('pay_1');
  expect(paid).toEqual([{ to: 'acme', cents }]);
});

it('resumed before people approved, it is interrupted again about the same approval', async () => {
  const graph = clerk();
  const { approval } = heldCall(await graph.invoke(payment(), thread()));
  const again = heldCall(await graph.invoke(new Command({ resume: { approved: true } }), thread()));
  expect([again.approval.id, paid]).toEqual([approval.id, []]);
  await plane.approve(approval.id);
  await graph.invoke(new Command({ resume: true }), thread());
  expect(paid).toEqual([{ to: 'acme', cents }]);
});

it('what ran beside the held call does not run again when the graph is resumed', async () => {
  const graph = clerk();
  const calls = [
    { id: 'call_1', name: 'balance', args: { of: 'acme' }, type: 'tool_call' },
    { id: 'call_2', name: 'pay', args: { to: 'acme', cents }, type: 'tool_call' },
  ];
  const messages = [
    { role: 'user', content: 'say done' },
    { role: 'assistant', content: '', tool_calls: calls },
  ];
  const { approval } = heldCall(await graph.invoke(new Command({ update: { messages }, goto: 'tools' }), thread()));
  await plane.approve(approval.id);
  await graph.invoke(new Command({ resume: true }), thread());
  expect([looked, paid]).toEqual([1, [{ to: 'acme', cents }]]);
});

it('two held calls of one tool node: each runs once, whichever people approved first', async () => {
  const graph = clerk();
  const calls = ['acme', 'umbrella'].map((to) => ({
    id: `call_${to}`,
    name: 'pay',
    args: { to, cents },
    type: 'tool_call',
  }));
  const messages = [
    { role: 'user', content: 'say done' },
    { role: 'assistant', content: '', tool_calls: calls },
  ];
  const first = heldCall(await graph.invoke(new Command({ update: { messages }, goto: 'tools' }), thread()));
  await plane.approve(first.approval.id);
  const second = heldCall(await graph.invoke(new Command({ resume: true }), thread()));
  expect([second.approval.id === first.approval.id, paid.length]).toEqual([false, 1]);
  await plane.approve(second.approval.id);
  const state = await graph.invoke(new Command({ resume: true }), thread());
  expect(isInterrupted(state)).toBe(false);
  expect(paid.map(({ to }) => to).toSorted()).toEqual(['acme', 'umbrella']);
});

it('what Reeve denies comes back to the model as an error', async () => {
  const state = await clerk().invoke(ask('call tool close with {}'), thread());
  expect(String(state.messages.at(-1)?.content)).toContain('polic');
  expect(paid).toEqual([]);
});
