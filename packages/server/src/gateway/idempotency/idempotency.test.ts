import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '../../lib/index.ts';
import { openSqlite, type Storage } from '../../storage/index.ts';
import { Idempotency, type IdempotencyFacts, type StoredReply } from './index.ts';

let directory: string;
let storage: Storage;
let idempotency: Idempotency;
let nowMs: number;
let executions: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-idempotency-'));
  storage = await openSqlite(directory);
  nowMs = 1_800_000_000_000;
  executions = 0;
  idempotency = open();
});

afterEach(async () => {
  idempotency[Symbol.dispose]();
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const open = (waitMs = 2_000) => new Idempotency(storage, { now: () => nowMs, waitMs });
const facts = (more: Partial<IdempotencyFacts> = {}): IdempotencyFacts => ({
  workspace: 'default',
  agent: 'refund',
  route: 'tool.call',
  key: 'order-17',
  request: Buffer.from('{"tool":"stripe.refund","args":{"charge":"ch_1"}}'),
  action: newId('action'),
  callerGone: new AbortController().signal,
  ...more,
});
const reply = (text: string): StoredReply => ({
  outcome: { kind: 'succeeded' },
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(text),
  costNanoUsd: 20_000_000,
  sideEffect: 're_1',
});

/** What the pipeline does around an execution. */
async function call(more: Partial<IdempotencyFacts> = {}, result = '{"id":"re_canary"}'): Promise<string> {
  const answer = await idempotency.begin(facts(more));
  if (answer.kind === 'refused') return answer.code;
  if (answer.kind === 'replay') return `replay ${Buffer.from(answer.reply.body)}`;
  await storage.write([answer.handle.start()], 'power');
  executions++;
  await new Promise((resolve) => setTimeout(resolve, 5));
  await storage.write([answer.handle.end(reply(result))], 'process');
  answer.handle.settled();
  return `new ${result}`;
}

test('a hundred racing calls with one key execute once and share the reply', async () => {
  const results = await Promise.all(Array.from({ length: 100 }, () => call()));
  expect(executions).toBe(1);
  expect(results.filter((result) => result.startsWith('new'))).toHaveLength(1);
  expect(results.filter((result) => result === 'replay {"id":"re_canary"}')).toHaveLength(99);
});

test('the reply is the first one whole, also for another process, and is not readable in the database', async () => {
  await call();
  const other = open();
  const answer = await other.begin(facts());
  expect(answer).toMatchObject({ kind: 'replay', reply: { ...reply(''), body: Buffer.from('{"id":"re_canary"}') } });
  other[Symbol.dispose]();
  expect(readFileSync(join(directory, 'reeve.db-wal')).includes('re_canary')).toBe(false);
  expect(readFileSync(join(directory, 'reeve.db-wal')).includes('order-17')).toBe(false);
});

test('an error of the first call is replayed too', async () => {
  const answer = await idempotency.begin(facts());
  if (answer.kind !== 'new') throw new Error('expected the first');
  const failure: StoredReply = {
    ...reply('{}'),
    outcome: { kind: 'upstream_failed', code: 'upstream_failed', message: 'the API answered 402' },
  };
  await storage.write([answer.handle.start(), answer.handle.end(failure)], 'power');
  answer.handle.settled();
  expect(await idempotency.begin(facts())).toMatchObject({ kind: 'replay', reply: { outcome: failure.outcome } });
});

test('another request under the same key is refused, before and after the first ended', async () => {
  const other = { request: Buffer.from('{"tool":"stripe.refund","args":{"charge":"ch_2"}}') };
  const [first, second] = await Promise.all([call(), call(other)]);
  expect([first, second]).toEqual(['new {"id":"re_canary"}', 'idempotency_mismatch']);
  expect(await call(other)).toBe('idempotency_mismatch');
  expect(executions).toBe(1);
});

test('the key of another workspace, agent or route is another key', async () => {
  await call();
  expect(await call({ workspace: 'other' })).toMatch(/^new/);
  expect(await call({ agent: 'search' })).toMatch(/^new/);
  expect(await call({ route: 'plan' })).toMatch(/^new/);
  expect(await call({ key: 'order-18' })).toMatch(/^new/);
});

test('what was not executed stores nothing, and the next in line is the first', async () => {
  const answer = await idempotency.begin(facts());
  if (answer.kind !== 'new') throw new Error('expected the first');
  const waiting = call();
  await new Promise((resolve) => setTimeout(resolve, 5));
  answer.handle.abandon();
  expect(await waiting).toMatch(/^new/);
  expect(executions).toBe(1);
});

test('after a crash in the middle the outcome is unknown, for good', async () => {
  const answer = await idempotency.begin(facts());
  if (answer.kind !== 'new') throw new Error('expected the first');
  await storage.write([answer.handle.start()], 'power');
  const afterCrash = open();
  for (let day = 0; day < 5; day++) {
    expect(await afterCrash.begin(facts())).toMatchObject({ kind: 'refused', code: 'outcome_unknown' });
    nowMs += 86_400_000;
    await afterCrash.sweep();
  }
  afterCrash[Symbol.dispose]();
});

test('a second process cannot start what another has started', async () => {
  const other = open();
  const [one, two] = await Promise.all([idempotency.begin(facts()), other.begin(facts())]);
  if (one.kind !== 'new' || two.kind !== 'new') throw new Error('neither sees the other yet');
  const starts = await Promise.allSettled([one, two].map((answer) => storage.write([answer.handle.start()], 'power')));
  expect(starts.map((start) => start.status).sort()).toEqual(['fulfilled', 'rejected']);
  other[Symbol.dispose]();
});

test('who waits too long, or goes away, is told to ask for the action', async () => {
  idempotency[Symbol.dispose]();
  idempotency = open(20);
  await idempotency.begin(facts());
  expect(await call()).toBe('action_in_progress');
  const gone = new AbortController();
  gone.abort();
  expect(await call({ callerGone: gone.signal })).toBe('action_in_progress');
});

test('replies are kept for at least a day and then forgotten', async () => {
  await call();
  nowMs += 86_400_000;
  await idempotency.sweep();
  expect(await call()).toMatch(/^replay/);
  nowMs += 3 * 86_400_000;
  await idempotency.sweep();
  expect(await call()).toMatch(/^new/);
});

test.each(['', 'with space', 'x'.repeat(256), 'tab\t', 'ümlaut'])('refuses the key %j', async (key) => {
  await expect(idempotency.begin(facts({ key }))).rejects.toMatchObject({ code: 'invalid_request' });
});
