import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { verifyLedger } from '@reeve/server';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ServerProcess, startProcess, writeFiles } from '../resilience/server-process.ts';
import { approvalOf, codeOf, pay } from './approvals-plane.ts';
import { type Bank, bankFleet, startBank } from './bank.ts';

// The server is killed (SIGKILL) where it hurts. No approval is lost, none is used twice, and no payment is made without one.

const root = mkdtempSync(join(tmpdir(), 'reeve-approvals-kill-'));
let bank: Bank;
let server: ServerProcess;
let key: string;
let fleet: string;

beforeAll(async () => {
  bank = await startBank();
  fleet = writeFiles(join(root, 'fleet'), bankFleet(bank.url));
  await start();
  key = (await server.admin.call('keys.create', { body: { agent: 'clerk' } })).key;
});
afterAll(async () => {
  await server?.kill();
  await bank?.[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

async function start(): Promise<void> {
  server = await startProcess({ data: join(root, 'data'), fleet });
}

async function restart(): Promise<void> {
  await server.kill();
  await start();
}

let cents = 100;
beforeEach(() => {
  cents += 1;
});
const args = () => ({ to: 'acme', cents });
const call = (more = args()) => pay(server.url, key, more);
const madeOf = (amount: number) => bank.payments.filter((payment) => payment.cents === amount).length;

async function approve(approval: string): Promise<string> {
  const { digest } = await server.admin.call('approvals.get', { params: { approval } });
  return codeOf(server.admin.call('approvals.approve', { params: { approval }, body: { digest } }));
}

async function stateOf(approval: string): Promise<string> {
  return (await server.admin.call('approvals.get', { params: { approval } })).state;
}

it('killed while it waits: the same approval waits on, with all that people need', async () => {
  const approval = approvalOf(await call());
  await restart();
  expect(approvalOf(await call())).toBe(approval);
  expect((await server.admin.call('approvals.get', { params: { approval } })).args).toEqual(args());
  expect(madeOf(cents)).toBe(0);
});

it('killed after the decision: the call passes once', async () => {
  const approval = approvalOf(await call());
  expect(await approve(approval)).toBe('ok');
  await restart();
  expect((await call()).status).toBe(200);
  expect((await call()).status).toBe(403);
  expect(madeOf(cents)).toBe(1);
});

it('killed after a no: it stays no', async () => {
  const approval = approvalOf(await call());
  await server.admin.call('approvals.deny', { params: { approval }, body: { reason: 'no' } });
  await restart();
  expect((await call()).body.error?.code).toBe('approval_denied');
});

it('killed while the upstream works: the approval is used, and nothing pays again without another', async () => {
  const approval = approvalOf(await call());
  await approve(approval);
  const arrived = Promise.withResolvers<void>();
  bank.onPayment = () => {
    arrived.resolve();
    return new Promise(() => undefined);
  };
  const lost = call().catch(() => 'lost');
  await arrived.promise;
  await restart();
  expect(await lost).toBe('lost');
  bank.onPayment = () => undefined;
  expect(await stateOf(approval)).toBe('used');
  expect(approvalOf(await call())).not.toBe(approval);
  expect(madeOf(cents)).toBe(1);
});

it('killed at random moments of a race: each approval is used once at most, and what was acknowledged is kept', {
  timeout: 120_000,
}, async () => {
  for (let round = 0; round < 6; round++) {
    cents += 1;
    const amount = cents;
    const approval = approvalOf(await call());
    const decisions = Array.from({ length: 5 }, () => approve(approval).catch(() => 'lost'));
    const calls = Array.from({ length: 20 }, async (_, n) => {
      await delay(n);
      return call({ to: 'acme', cents: amount }).then(
        ({ status }) => status,
        () => 0,
      );
    });
    await delay(Math.random() * 25);
    await restart();
    const [decided, paid] = [await Promise.all(decisions), await Promise.all(calls)];
    const state = await stateOf(approval);
    if (decided.includes('ok')) expect([round, state]).toEqual([round, expect.stringMatching(/^(approved|used)$/)]);
    expect([round, madeOf(amount)]).toEqual([round, expect.any(Number)]);
    expect(madeOf(amount)).toBeLessThanOrEqual(state === 'used' ? 1 : 0);
    if (paid.includes(200)) expect(state).toBe('used');
    if (state === 'pending') expect(await approve(approval)).toBe('ok');
    if (state !== 'used') expect((await call({ to: 'acme', cents: amount })).status).toBe(200);
    expect(approvalOf(await call({ to: 'acme', cents: amount }))).not.toBe(approval);
    expect(madeOf(amount)).toBeLessThanOrEqual(1);
  }
});

it('and the ledger of all these deaths verifies', async () => {
  expect(await server.stop()).toBe(0);
  const verified = verifyLedger(join(root, 'data', 'ledger'));
  expect(verified.ok ? '' : `${verified.path}: ${verified.why}`).toBe('');
});
