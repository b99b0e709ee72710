import { expect, it } from 'vitest';
import { pay } from '../approvals/approvals-plane.ts';
import { startClientsPlane } from './clients-plane.ts';

// Who waits for people must not keep the server from ending, nor be left without an answer.

it('a server that shuts down answers whoever waits: still held, nothing done', async () => {
  const plane = await startClientsPlane();
  const { reeve, keys, bank, waiting } = plane;
  const paying = pay(reeve.url, keys.clerk, { to: 'acme', cents: 1 }, { headers: { 'x-reeve-wait': '60s' } });
  while ((await waiting()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const [answer] = await Promise.all([paying, plane[Symbol.asyncDispose]()]);
  expect([answer.status, answer.body.error?.code]).toEqual([403, 'approval_required']);
  expect(bank.payments).toEqual([]);
});

it('an agent that is stopped while it waits does nothing, though people approve', async () => {
  await using plane = await startClientsPlane();
  const { reeve, keys, bank } = plane;
  const paying = pay(reeve.url, keys.clerk, { to: 'acme', cents: 2 }, { headers: { 'x-reeve-wait': '20s' } });
  while ((await plane.waiting()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const target = { kind: 'agent', name: 'clerk' } as const;
  await reeve.admin.call('stops.order', { body: { target, reason: 'a test' } });
  await plane.answerNext('approve');
  const answer = await paying;
  expect([answer.status, answer.body.error?.code]).toEqual([403, 'agent_suspended']);
  expect(bank.payments).toEqual([]);
});
