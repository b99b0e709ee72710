import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { approvalOf, pay } from '../approvals/approvals-plane.ts';
import { type ClientsPlane, startClientsPlane } from './clients-plane.ts';

// Unmodified HTTP clients: told to wait for a person, or kept waiting where they ask for it. What people approved runs once.

let plane: ClientsPlane;
beforeAll(async () => {
  plane = await startClientsPlane();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

let paid = 0;
let asked = 0;
let cents = 100;
beforeEach(async () => {
  await plane.forget();
  paid = plane.bank.payments.length;
  asked = plane.provider.requests.length;
  cents += 1;
});
const payments = () => plane.bank.payments.slice(paid);
const questions = () => plane.provider.requests.slice(asked);
const send = (headers: Record<string, string> = {}, key = plane.keys.clerk) =>
  pay(plane.reeve.url, key, { to: 'acme', cents }, { headers });

it('a held call says which approval it waits for and where, then goes through once', async () => {
  const held = await send();
  const approval = approvalOf(held);
  expect(held.status).toBe(403);
  expect(held.headers.get('x-reeve-approval')).toBe(approval);
  expect(held.headers.get('x-reeve-approval-url')).toBe(`${plane.reeve.url}/approvals/${approval}`);
  expect(held.body.error).toMatchObject({
    code: 'approval_required',
    approval: { url: `${plane.reeve.url}/approvals/${approval}` },
  });
  await plane.approve(approval);
  expect((await send()).status).toBe(200);
  expect(approvalOf(await send())).not.toBe(approval);
  expect(payments()).toEqual([{ to: 'acme', cents }]);
});

it('x-reeve-wait keeps the call open until a person approved; it then runs as an action of its own', async () => {
  const [answer, approval] = await Promise.all([send({ 'x-reeve-wait': '20s' }), plane.answerNext('approve')]);
  expect(answer.status).toBe(200);
  const { action } = await plane.reeve.admin.call('approvals.get', { params: { approval } });
  expect(answer.headers.get('x-reeve-action')).not.toBe(action);
  expect(payments()).toHaveLength(1);
});

it('denied while it waits: refused with the reason', async () => {
  const [answer] = await Promise.all([send({ 'x-reeve-wait': '20s' }), plane.answerNext('deny', 'not this vendor')]);
  expect([answer.status, answer.body.error?.code]).toEqual([403, 'approval_denied']);
  expect(answer.body.error?.message).toContain('not this vendor');
  expect(payments()).toEqual([]);
});

it('nobody answers: refused when its time is over, and nobody is asked anew', async () => {
  const answer = await send({ 'x-reeve-wait': '20s' }, plane.keys.hasty);
  expect([answer.status, answer.body.error?.code]).toEqual([403, 'approval_required']);
  expect(answer.body.error?.message).toContain('nobody answered in time');
  expect(await plane.waiting()).toEqual([]);
  expect(payments()).toEqual([]);
});

it('the wait is over before anybody answers: still held, and the same approval later lets it pass', async () => {
  const held = await send({ 'x-reeve-wait': '100ms' });
  const approval = approvalOf(held);
  expect(held.status).toBe(403);
  await plane.approve(approval);
  expect((await send()).status).toBe(200);
});

it('a caller that goes away while it waits: what is approved later is not executed until somebody calls again', async () => {
  const leaving = new AbortController();
  const gone = fetch(`${plane.reeve.url}/actions`, {
    method: 'POST',
    signal: leaving.signal,
    headers: { authorization: `Bearer ${plane.keys.clerk}`, 'content-type': 'application/json', 'x-reeve-wait': '20s' },
    body: JSON.stringify({ tool: 'bank.pay', args: { to: 'acme', cents } }),
  }).catch(() => 'gone');
  while ((await plane.waiting()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  leaving.abort();
  expect(await gone).toBe('gone');
  await new Promise((resolve) => setTimeout(resolve, 200));
  await plane.answerNext('approve');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(payments()).toEqual([]);
  expect((await send()).status).toBe(200);
  expect(payments()).toHaveLength(1);
});

it('twenty callers wait for one approval: one of them goes through', async () => {
  const all = Promise.all(Array.from({ length: 20 }, () => send({ 'x-reeve-wait': '20s' })));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await plane.answerNext('approve');
  const statuses = (await all).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 403)).toHaveLength(19);
  expect(payments()).toHaveLength(1);
});

it('a wait that is none is a bad request', async () => {
  expect((await send({ 'x-reeve-wait': 'long' })).status).toBe(400);
});

const messages = [{ role: 'user' as const, content: 'say "one two three"' }];

/** Counts what the SDK really sends. */
function counted() {
  const sent: string[] = [];
  return {
    sent,
    fetch: (url: string | URL | Request, init?: RequestInit) => {
      sent.push(String(url));
      return fetch(url, init);
    },
  };
}

it('openai: a held call raises once, without a retry, and passes once after a person approved it', async () => {
  const { sent, fetch } = counted();
  const client = new OpenAI({ apiKey: plane.keys.writer, baseURL: `${plane.reeve.url}/v1`, fetch });
  const ask = () => client.chat.completions.create({ model: 'openai/gpt-x', messages });
  const error = (await ask().catch((thrown: unknown) => thrown)) as InstanceType<typeof OpenAI.APIError>;
  expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
  expect(error.code).toBe('approval_required');
  const { approval } = error.error as { approval: { id: string; url: string } };
  expect(error.message).toContain(approval.url);
  expect(sent).toHaveLength(1);
  expect(questions()).toEqual([]);
  await plane.approve(approval.id);
  expect((await ask()).choices[0]?.message.content).toBe('one two three');
  await expect(ask()).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
  expect(questions()).toHaveLength(1);
});

it('openai, streamed and waiting: the stream begins once a person approved', async () => {
  const headers = { 'x-reeve-wait': '20s' };
  const client = new OpenAI({ apiKey: plane.keys.writer, baseURL: `${plane.reeve.url}/v1`, defaultHeaders: headers });
  const asking = client.chat.completions.create({
    model: 'openai/gpt-x',
    messages: [{ role: 'user', content: `say "a b ${cents}"` }],
    stream: true,
  });
  await plane.answerNext('approve');
  let text = '';
  for await (const chunk of await asking) text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe(`a b ${cents}`);
  expect(questions()).toHaveLength(1);
});

it('anthropic: a held call raises once, without a retry; denied is told with the reason', async () => {
  const { sent, fetch } = counted();
  const client = new Anthropic({ apiKey: plane.keys.writer, baseURL: `${plane.reeve.url}/anthropic`, fetch });
  const ask = () => client.messages.create({ model: 'anthropic/claude-x', max_tokens: 20, messages });
  const error = (await ask().catch((thrown: unknown) => thrown)) as InstanceType<typeof Anthropic.APIError>;
  expect(error).toBeInstanceOf(Anthropic.PermissionDeniedError);
  const { details } = (error.error as { error: { details: { error_code: string; approval: { id: string } } } }).error;
  expect(details.error_code).toBe('approval_required');
  expect(sent).toHaveLength(1);
  expect(await plane.answerNext('deny', 'write it yourself')).toBe(details.approval.id);
  const again = (await ask().catch((thrown: unknown) => thrown)) as Error;
  expect(again.message).toContain('write it yourself');
  expect(questions()).toEqual([]);
});

it('anthropic, waiting: answered once a person approved', async () => {
  const headers = { 'x-reeve-wait': '20s' };
  const client = new Anthropic({
    apiKey: plane.keys.writer,
    baseURL: `${plane.reeve.url}/anthropic`,
    defaultHeaders: headers,
  });
  const [message] = await Promise.all([
    client.messages.create({
      model: 'anthropic/claude-x',
      max_tokens: 30,
      messages: [{ role: 'user', content: `say "c d ${cents}"` }],
    }),
    plane.answerNext('approve'),
  ]);
  expect(message.content[0]).toMatchObject({ text: `c d ${cents}` });
});
