import { createOpenAI } from '@ai-sdk/openai';
import { guardedTool } from '@reeve/sdk/ai-sdk';
import { generateText, isStepCount, type ModelMessage, type ToolApprovalResponse, tool } from 'ai';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type SdkPlane, startSdkPlane } from './sdk-plane.ts';

// Tools of the AI SDK as its documentation shows them: what Reeve holds is a tool-approval request of the SDK's own.

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
let cents = 300;
let paid: Payment[];
beforeEach(() => {
  run = `ai-${++runs}`;
  cents += 1;
  paid = [];
});

/** The two ways in which the AI SDK asks whether a call needs approval. */
type AskedBy = 'toolApproval' | 'needsApproval';

function agent(askedBy: AskedBy = 'toolApproval') {
  const reeve = plane.governed(run);
  const pay = guardedTool(reeve, 'bank.pay', (args: Payment) => {
    paid.push(args);
    return { id: `pay_${paid.length}` };
  });
  const balance = guardedTool(reeve, 'bank.balance', ({ of }: { of: string }) => ({ of, cents: 7 }));
  const close = guardedTool(reeve, 'bank.close', () => paid.push({ to: 'nobody', cents }));
  const byTool = askedBy === 'needsApproval' ? { needsApproval: pay.needsApproval } : {};
  const tools = {
    pay: tool({ inputSchema: z.object({ to: z.string(), cents: z.number() }), execute: pay.execute, ...byTool }),
    balance: tool({ inputSchema: z.object({ of: z.string() }), execute: balance.execute }),
    close: tool({ inputSchema: z.object({}), execute: close.execute }),
  };
  const byCall = { toolApproval: { pay: pay.approval, balance: balance.approval, close: close.approval } };
  const provider = createOpenAI({
    baseURL: `${plane.reeve.url}/v1`,
    apiKey: plane.keys.clerk,
    headers: { 'x-reeve-run': run },
  });
  const model = provider.chat('openai/gpt-x');
  return (messages: ModelMessage[]) =>
    generateText({ model, tools, messages, stopWhen: isStepCount(3), ...(askedBy === 'toolApproval' ? byCall : {}) });
}

const ask = (text: string): ModelMessage[] => [{ role: 'user', content: text }];

function answered(messages: ModelMessage[], result: Awaited<ReturnType<ReturnType<typeof agent>>>): ModelMessage[] {
  const approvals = result.content
    .filter((part) => part.type === 'tool-approval-request')
    .map(({ approvalId }): ToolApprovalResponse => ({ type: 'tool-approval-response', approvalId, approved: true }));
  return [...messages, ...result.response.messages, { role: 'tool', content: approvals }];
}

it('what Reeve permits runs without asking', async () => {
  const { text } = await agent()(ask('call tool balance with {"of":"acme"}'));
  expect(text).toContain('acme');
  expect(await plane.calls(run)).toMatchObject([{ verdict: 'allow', outcome: 'succeeded', grade: 'advised' }]);
});

it.each<AskedBy>(['toolApproval', 'needsApproval'])(
  'what Reeve holds is an approval request; approved, it runs once (%s)',
  async (by) => {
    const generate = agent(by);
    const question = ask(`call tool pay with {"to":"acme","cents":${cents}}`);
    const first = await generate(question);
    const requests = first.content.filter((part) => part.type === 'tool-approval-request');
    const [approval = ''] = await plane.waiting(run);
    expect(requests).toHaveLength(1);
    // A tool that asks for itself can give no reason.
    if (by === 'toolApproval') expect(requests[0]?.reason).toContain(`${plane.reeve.url}/approvals/${approval}`);
    expect(paid).toEqual([]);
    await plane.approve(approval);
    const { text } = await generate(answered(question, first));
    expect(text).toContain('pay_1');
    expect(paid).toEqual([{ to: 'acme', cents }]);
  },
);

it('approved in the application alone it does not run', async () => {
  const generate = agent();
  const question = ask(`call tool pay with {"to":"acme","cents":${cents}}`);
  const first = await generate(question);
  const second = await generate(answered(question, first));
  expect(JSON.stringify(second.response.messages)).not.toContain('pay_');
  expect(paid).toEqual([]);
  expect(await plane.waiting(run)).toHaveLength(1);
});

it('what Reeve denies is denied with its reason', async () => {
  const { response } = await agent()(ask('call tool close with {}'));
  expect(JSON.stringify(response.messages)).toContain('polic');
  expect(paid).toEqual([]);
});
