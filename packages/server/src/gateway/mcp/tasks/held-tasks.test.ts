import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '@reeve/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ApprovalState } from '../../../approvals/index.ts';
import { openPayloadCipher, PayloadStore } from '../../../audit/index.ts';
import { newId } from '../../../lib/index.ts';
import { openSqlite, type Storage } from '../../../storage/index.ts';
import type { ProposedAction } from '../../action.ts';
import type { Waited } from '../../waiting-pipeline.ts';
import { type HeldRequest, HeldTasks, TASK_TTL_MS, type TaskCall } from './held-tasks.ts';

const PLACE = { workspace: 'default', agent: 'clerk', endpoint: '' };
const REQUEST: HeldRequest = { params: { name: 'bank.pay', arguments: { to: 'acme' } }, attribution: { run: 'r1' } };

let directory: string;
let storage: Storage;
let payloads: PayloadStore;
let tasks: HeldTasks;
let state: ApprovalState;
let ending: Outcome;
let made: HeldRequest[];
let release: Promise<void> | undefined;
let nowMs: number;

const call: TaskCall = {
  propose: (request, gone) => () => {
    made.push(request);
    return { id: newId('action'), callerGone: gone } as unknown as ProposedAction;
  },
  answer: ({ outcome }) => ({ result: { content: [{ type: 'text', text: outcome.kind }] } }),
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-tasks-'));
  storage = await openSqlite(directory);
  const ledger = { append: () => Promise.reject(new Error('nothing of tasks is in the ledger')) };
  nowMs = Date.now();
  payloads = new PayloadStore({ storage, ledger, cipher: openPayloadCipher(directory), now: () => nowMs });
  state = 'pending';
  ending = { kind: 'succeeded' };
  made = [];
  release = undefined;
  tasks = start();
});

afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

/** As after a start: nothing is in memory. */
function start(): HeldTasks {
  return new HeldTasks({
    onFault: (message, error) => {
      throw new Error(message, { cause: error });
    },
    storage,
    payloads,
    desk: { wait: async () => state },
    pipeline: {
      pass: async (propose) => {
        const action = propose();
        await release;
        const left = action.callerGone.aborted;
        return { action, outcome: left ? { kind: 'aborted', code: 'internal' } : ending } as Waited;
      },
    },
    now: () => nowMs,
  });
}

const open = async () =>
  (await tasks.open(PLACE, { approval: newId('approval'), action: newId('action') }, REQUEST))?.id ?? '';
const statusOf = async (id: string) => (await tasks.poll(PLACE, id, call))?.task.status;

test('waits, then makes the call that was asked for, once, however many polls come at once', async () => {
  const id = await open();
  expect(await statusOf(id)).toBe('working');
  state = 'approved';
  await Promise.all(Array.from({ length: 20 }, () => statusOf(id)));
  const ended = await tasks.poll(PLACE, id, call);
  expect(ended?.task.status).toBe('completed');
  expect(ended?.answer).toEqual({ result: { content: [{ type: 'text', text: 'succeeded' }] } });
  expect(made).toEqual([REQUEST]);
});

test('a call that takes long is working until it ends, and is not made twice', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  release = promise;
  const id = await open();
  state = 'approved';
  expect(await statusOf(id)).toBe('running');
  const polling = statusOf(id);
  resolve();
  expect(await polling).toBe('completed');
  expect(made).toHaveLength(1);
});

test('a restart loses no task', async () => {
  const id = await open();
  tasks = start();
  state = 'approved';
  expect(await statusOf(id)).toBe('completed');
});

test('what was under way when the process died is not made again', async () => {
  const id = await open();
  await storage.write([{ sql: "UPDATE mcp_task SET status = 'running'", params: [] }], 'power');
  state = 'approved';
  const ended = await tasks.poll(PLACE, id, call);
  expect(ended?.task.status).toBe('completed');
  expect(JSON.stringify(ended?.answer)).toContain('record of actions');
  expect(made).toEqual([]);
});

test('an approval that is void when it is used: people are asked anew, about the same task', async () => {
  const id = await open();
  const approval = newId('approval');
  state = 'approved';
  ending = { kind: 'held', code: 'approval_required', approval };
  const asked = await tasks.poll(PLACE, id, call);
  expect(asked?.task).toMatchObject({ status: 'working', approval });
  ending = { kind: 'succeeded' };
  expect(await statusOf(id)).toBe('completed');
});

test.each(['expired', 'withdrawn', 'used'] as const)('%s: ends without a call', async (how) => {
  const id = await open();
  state = how;
  const ended = await tasks.poll(PLACE, id, call);
  expect(ended?.answer).toMatchObject({ result: { isError: true } });
  expect(made).toEqual([]);
});

test('cancelling ends a call that is under way as one that its caller left', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  release = promise;
  const id = await open();
  state = 'approved';
  const polling = statusOf(id);
  while (made.length === 0) await new Promise((done) => setTimeout(done, 5));
  expect(await tasks.cancel(PLACE, id)).toBe(true);
  resolve();
  expect(await polling).toBe('cancelled');
  expect(await statusOf(id)).toBe('cancelled');
});

test.each([
  ['another workspace', { workspace: 'other' }],
  ['another agent', { agent: 'thief' }],
  ['another endpoint', { endpoint: 'bank' }],
])('%s sees no task and cancels none', async (_who, other) => {
  const id = await open();
  state = 'approved';
  expect(await tasks.poll({ ...PLACE, ...other }, id, call)).toBeUndefined();
  expect(await tasks.cancel({ ...PLACE, ...other }, id)).toBe(false);
  expect(made).toEqual([]);
});

test('after its time there is no task', async () => {
  const id = await open();
  nowMs += TASK_TTL_MS + 1;
  expect(await tasks.poll(PLACE, id, call)).toBeUndefined();
});

test('what is too large is not a task', async () => {
  const large = { ...REQUEST, params: { name: 'bank.pay', arguments: { note: 'x'.repeat(300_000) } } };
  expect(await tasks.open(PLACE, { approval: newId('approval'), action: newId('action') }, large)).toBeUndefined();
});

test('arguments stand nowhere in the clear', async () => {
  await tasks.open(
    PLACE,
    { approval: newId('approval'), action: newId('action') },
    {
      ...REQUEST,
      params: { name: 'bank.pay', arguments: { to: 'a-secret-name' } },
    },
  );
  const rows = await storage.read('SELECT * FROM mcp_task');
  const sealed = await storage.read<{ sealed: Uint8Array }>('SELECT sealed FROM ledger_payload');
  expect(JSON.stringify(rows)).not.toContain('a-secret-name');
  expect(sealed.some((row) => Buffer.from(row.sealed).includes('a-secret-name'))).toBe(false);
});
