import { Agent, OpenAIProvider, Runner, RunState, tool } from '@openai/agents';
import { guardedTool } from '@reeve/sdk/openai-agents';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type SdkPlane, startSdkPlane } from './sdk-plane.ts';

// Tools of the OpenAI Agents SDK as its documentation shows them: what Reeve holds interrupts the run.

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
let cents = 400;
let paid: Payment[];
beforeEach(() => {
  run = `agents-${++runs}`;
  cents += 1;
  paid = [];
});

function clerk() {
  const reeve = plane.governed(run);
  const pay = guardedTool(reeve, 'bank.pay', (args: Payment) => {
    paid.push(args);
    return { id: `pay_${paid.length}` };
  });
  const balance = guardedTool(reeve, 'bank.balance', ({ of }: { of: string }) => ({ of, cents: 7 }));
  const close = guardedTool(reeve, 'bank.close', () => paid.push({ to: 'nobody', cents }));
  const description = 'Does what a bank does';
  return new Agent({
    name: 'clerk',
    model: 'openai/gpt-x',
    tools: [
      tool({ name: 'pay', description, parameters: z.object({ to: z.string(), cents: z.number() }), ...pay }),
      tool({ name: 'balance', description, parameters: z.object({ of: z.string() }), ...balance }),
      tool({ name: 'close', description, parameters: z.object({}), ...close }),
    ],
  });
}

function runner(): Runner {
  const openAIClient = new OpenAI({
    apiKey: plane.keys.clerk,
    baseURL: `${plane.reeve.url}/v1`,
    defaultHeaders: { 'x-reeve-run': run },
  });
  const modelProvider = new OpenAIProvider({ openAIClient, useResponses: false });
  return new Runner({ modelProvider, tracingDisabled: true });
}

const payment = () => `call tool pay with {"to":"acme","cents":${cents}}`;

it('what Reeve permits runs without asking', async () => {
  const { finalOutput, interruptions } = await runner().run(clerk(), 'call tool balance with {"of":"acme"}');
  expect(interruptions).toEqual([]);
  expect(finalOutput).toContain('acme');
  expect(await plane.calls(run)).toMatchObject([{ verdict: 'allow', outcome: 'succeeded', grade: 'advised' }]);
});

it('what Reeve holds interrupts the run; approved by people it goes through once, also from a stored state', async () => {
  const agent = clerk();
  const first = await runner().run(agent, payment());
  expect(first.interruptions).toHaveLength(1);
  expect(paid).toEqual([]);
  const [approval = ''] = await plane.waiting(run);
  await plane.approve(approval);
  const state = await RunState.fromString(agent, first.state.toString());
  for (const interruption of state.getInterruptions()) state.approve(interruption);
  const { finalOutput } = await runner().run(agent, state);
  expect(finalOutput).toContain('pay_1');
  expect(paid).toEqual([{ to: 'acme', cents }]);
});

it('approved in the application alone it does not run', async () => {
  const agent = clerk();
  const { interruptions, state } = await runner().run(agent, payment());
  for (const interruption of interruptions) state.approve(interruption);
  const { finalOutput } = await runner().run(agent, state);
  expect(finalOutput).not.toContain('pay_');
  expect(paid).toEqual([]);
  expect(await plane.waiting(run)).toHaveLength(1);
});

it('what Reeve denies comes back to the model as an error', async () => {
  const { finalOutput, interruptions } = await runner().run(clerk(), 'call tool close with {}');
  expect(interruptions).toEqual([]);
  expect(finalOutput).toContain('polic');
  expect(paid).toEqual([]);
});
