import type { ActionId, ApprovalId, Outcome } from '@reeve/contracts';
import { beforeEach, expect, test } from 'vitest';
import type { ApprovalState } from '../approvals/index.ts';
import { newId, ReeveError } from '../lib/index.ts';
import type { CompletedAction, ProposedAction } from './action.ts';
import { waitFromHeaders } from './wait-header.ts';
import { MAX_WAIT_MS, WaitingPipeline } from './waiting-pipeline.ts';
import { MAX_WAITING_CALLS_PER_AGENT } from './waiting-room.ts';

const APPROVAL = newId('approval') as ApprovalId;
const held: Outcome = { kind: 'held', code: 'approval_required', message: 'ask', approval: APPROVAL };
const done: Outcome = { kind: 'succeeded' };

let passed: ActionId[];
let endings: Outcome[];
let waits: { timeoutMs: number; signal: AbortSignal; answer: (state: ApprovalState) => void }[];
let waiting: WaitingPipeline;
let gone: AbortController;

beforeEach(() => {
  passed = [];
  waits = [];
  gone = new AbortController();
  waiting = new WaitingPipeline({
    pipeline: {
      run: async (action) => {
        passed.push(action.id);
        return { action, outcome: endings[passed.length - 1] ?? endings.at(-1) } as CompletedAction;
      },
    },
    desk: {
      wait: (_approval, { timeoutMs, signal }) =>
        new Promise((answer) => {
          waits.push({ timeoutMs, signal, answer });
          signal.addEventListener('abort', () => answer('pending'));
        }),
    },
    approvalUrl: (id) => `https://reeve.example.com/approvals/${id}`,
    holdMs: () => 7_000,
  });
});

const agent = { fleet: { workspace: 'default' }, agent: { name: 'refund' } };
const propose = () => ({ id: newId('action'), callerGone: gone.signal, ...agent }) as unknown as ProposedAction;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('without a wait, what is held is answered at once, with where people answer', async () => {
  endings = [held];
  const result = await waiting.run(propose);
  expect(result.outcome).toEqual(held);
  expect(result.approvalUrl).toBe(`https://reeve.example.com/approvals/${APPROVAL}`);
  expect(waits).toHaveLength(0);
});

test('approved: it passes again from the start as an action of its own', async () => {
  endings = [held, done];
  const running = waiting.run(propose, { forMs: 30_000 });
  await turn();
  expect(waits[0]?.timeoutMs).toBeGreaterThan(29_000);
  waits[0]?.answer('approved');
  expect((await running).outcome).toEqual(done);
  expect(new Set(passed).size).toBe(2);
});

test('denied: the desk is asked again and says why', async () => {
  const denied: Outcome = { kind: 'denied', code: 'approval_required', message: 'kim@example.com: not this vendor' };
  endings = [held, denied];
  const running = waiting.run(propose, { forMs: 30_000 });
  await turn();
  waits[0]?.answer('denied');
  expect((await running).outcome).toEqual(denied);
});

test.each(['expired', 'used', 'withdrawn'] as const)('%s: refused without asking people anew', async (state) => {
  endings = [held, done];
  const running = waiting.run(propose, { forMs: 30_000 });
  await turn();
  waits[0]?.answer(state);
  expect((await running).outcome).toMatchObject({ kind: 'denied', code: 'approval_required', approval: APPROVAL });
  expect(passed).toHaveLength(1);
});

test('nobody answers within the wait: still held', async () => {
  endings = [held, done];
  const running = waiting.run(propose, { forMs: 30_000 });
  await turn();
  waits[0]?.answer('pending');
  expect((await running).outcome).toEqual(held);
  expect(passed).toHaveLength(1);
});

test('the caller going away ends the wait, and an answer that comes later executes nothing', async () => {
  endings = [held, done];
  const running = waiting.run(propose, { forMs: 30_000 });
  await turn();
  gone.abort();
  waits[0]?.answer('approved');
  expect((await running).outcome).toEqual(held);
  expect(waits[0]?.signal.aborted).toBe(true);
  expect(passed).toHaveLength(1);
});

test('a caller that left during the first pass does not wait at all', async () => {
  endings = [held, done];
  gone.abort();
  await waiting.run(propose, { forMs: 30_000 });
  expect(waits).toHaveLength(0);
});

test('an approval that is void when it is used: waits for the next one, a bounded number of times', async () => {
  endings = [held];
  const running = waiting.run(propose, { forMs: 30_000 });
  for (let round = 0; round < 4; round++) {
    await turn();
    waits[round]?.answer('approved');
  }
  expect((await running).outcome).toEqual(held);
  expect(passed).toHaveLength(5);
});

test('the configured wait is what operators say', async () => {
  endings = [held];
  const running = waiting.run(propose, { forMs: 'configured' });
  await turn();
  expect(waits[0]?.timeoutMs).toBeLessThanOrEqual(7_000);
  expect(waits[0]?.timeoutMs).toBeGreaterThan(6_000);
  waits[0]?.answer('pending');
  await running;
});

test('progress is told when the wait begins', async () => {
  endings = [held];
  const told: unknown[] = [];
  const running = waiting.run(propose, { forMs: 1_000, onProgress: (progress) => told.push(progress.approval) });
  await turn();
  expect(told).toEqual([APPROVAL]);
  waits[0]?.answer('pending');
  await running;
});

test('the room is bounded for one agent; whoever finds it full is answered at once', async () => {
  endings = [held];
  const running = Array.from({ length: MAX_WAITING_CALLS_PER_AGENT }, () => waiting.run(propose, { forMs: 30_000 }));
  await turn();
  expect((await waiting.run(propose, { forMs: 30_000 })).outcome).toEqual(held);
  gone.abort();
  await Promise.all(running);
  gone = new AbortController();
  void waiting.run(propose, { forMs: 30_000 });
  await turn();
  expect(waits).toHaveLength(MAX_WAITING_CALLS_PER_AGENT + 1);
});

test('shutting down answers everybody who waits, and lets nobody in', async () => {
  endings = [held];
  const running = waiting.run(propose, { forMs: 30_000 });
  await turn();
  waiting.stop();
  expect((await running).outcome).toEqual(held);
  expect((await waiting.run(propose, { forMs: 30_000 })).outcome).toEqual(held);
});

test.each([
  [undefined, 0],
  ['30s', 30_000],
  ['2m', 120_000],
  ['9h', MAX_WAIT_MS],
])('x-reeve-wait %s', (text, forMs) => {
  expect(waitFromHeaders(text === undefined ? {} : { 'x-reeve-wait': text })).toEqual({ forMs });
});

test.each(['', '30', 'soon', '-1s', '1.5s', '99999999999s'])('x-reeve-wait %j is refused', (text) => {
  expect(() => waitFromHeaders({ 'x-reeve-wait': text })).toThrow(ReeveError);
});
