import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attribution } from '@reeve/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Identity } from '../../access/index.ts';
import type { Message } from '../../flows/index.ts';
import { newId } from '../../lib/index.ts';
import { openSqlite, type Storage } from '../../storage/index.ts';
import { RunJoiner, type RunRef, Runs } from '../../traces/index.ts';
import type { Operation, ProposedAction } from '../action.ts';
import { Passage } from '../passage.ts';
import { runOf } from './run-of.ts';

const T0 = 1_790_000_000_000;
const CALL = { name: 'mail.send', args: { to: 'maya@example.com' } };
const ASKED: Message = { role: 'user', text: 'write to maya@example.com' };
const PROPOSED: Message = { role: 'assistant', text: '', calls: [{ id: 'c1', ...CALL }] };
const TRACE = 'b'.repeat(32);

let directory: string;
let storage: Storage;
let runs: Runs;
let joiner: RunJoiner;
let clock: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-run-of-'));
  storage = await openSqlite(directory);
  restart();
  clock = T0;
});
afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function restart(): void {
  runs = new Runs(storage);
  joiner = new RunJoiner();
}

interface Place {
  readonly run: RunRef;
  readonly passage: Passage;
}

async function place(operation: Partial<Operation>, attribution: Attribution = {}, agent = 'a'): Promise<Place> {
  clock += 1;
  const action = { id: newId('action', clock), receivedAtMs: clock, attribution, operation } as ProposedAction;
  const passage = new Passage(action);
  const run = await runOf(passage, { workspace: 'default', agent } as Identity, { runs, joiner });
  return { run, passage };
}

const call = (attribution?: Attribution, agent?: string) => place({ called: () => CALL }, attribution, agent);

/** A model call whose answer proposes the mail; its run is written, as that of every action is. */
async function converse(attribution: Attribution = {}, messages: readonly Message[] = [ASKED]): Promise<Place> {
  const placed = await place({ conversation: () => ({ messages }) }, attribution);
  const { run, passage } = placed;
  await storage.write(runs.runStatements(run), 'process');
  runs.committed(run);
  const { id: action, receivedAtMs: atMs } = passage.action;
  const answer = { id: undefined, alternatives: [[PROPOSED]] };
  const who = { workspace: 'default', agent: 'a', atMs, action, run: run.id };
  joiner.answered({ ...who, thread: passage.thread, traceId: attribution.traceId, answer });
  return placed;
}

it('a call that names no run is in the run that proposed it, and says by which action', async () => {
  const { run, passage } = await converse();
  expect(passage.joinedBy).toBeUndefined();
  const called = await call();
  expect(called.run.id).toBe(run.id);
  expect(called.passage.joinedBy).toEqual({ by: 'proposal', of: [passage.action.id] });
  const next = [ASKED, PROPOSED, { role: 'tool', text: 'sent' } as const];
  expect((await converse({}, next)).run.id).toBe(run.id);
});

it('what the caller names wins, and what it names a parent begins below it', async () => {
  const { run } = await converse();
  const named = await call({ run: 'mine' });
  expect([named.run.name, named.passage.joinedBy]).toEqual(['mine', undefined]);
  const below = await call({ parentRun: run.id });
  expect([below.run.parent, below.passage.joinedBy]).toEqual([run.id, undefined]);
});

it('a run that was named once is joined by calls that name none', async () => {
  const { run } = await converse({ run: 'task-7' });
  const called = await call();
  expect(called.run).toMatchObject({ id: run.id, name: 'task-7' });
});

it('of two possible runs neither is blamed, and both are named', async () => {
  const [one, two] = [await converse(), await converse()];
  const called = await call();
  expect([one.run.id, two.run.id]).not.toContain(called.run.id);
  expect(called.passage.joinedBy).toEqual({ by: 'uncertain', of: [one.run.id, two.run.id] });
});

it('calls of a session that nothing else joins are the run of the session', async () => {
  const mcpSession = 'mcp-0123456789abcdef01234567';
  const first = await call({ mcpSession });
  const second = await call({ mcpSession });
  expect([first.run.name, first.passage.joinedBy]).toEqual([mcpSession, undefined]);
  expect(second.run.id).toBe(first.run.id);
  expect(second.passage.joinedBy).toEqual({ by: 'session', of: [mcpSession] });
  const { run } = await converse();
  expect((await call({ mcpSession })).run.id).toBe(run.id);
  const unasked = await place({}, { mcpSession });
  expect([unasked.run.id, unasked.passage.joinedBy]).toEqual([first.run.id, { by: 'uncertain', of: [run.id] }]);
});

it('one trace is one run, and a trace for each call does not part them', async () => {
  const { run } = await converse({ traceId: TRACE });
  const inTrace = await place({}, { traceId: TRACE });
  expect([inTrace.run.id, inTrace.passage.joinedBy?.by]).toEqual([run.id, 'trace']);
  expect((await call({ traceId: 'c'.repeat(32) })).run.id).toBe(run.id);
});

it('after a restart a new run begins, and a run that was never written is not asked for', async () => {
  const { run } = await converse();
  restart();
  const called = await call();
  expect(called.run.id).not.toBe(run.id);
  expect(called.passage.joinedBy).toBeUndefined();

  const lost = newId('run');
  const answer = { id: undefined, alternatives: [[PROPOSED]] };
  const action = newId('action');
  joiner.answered({ workspace: 'default', agent: 'a', atMs: clock, action, run: lost, thread: undefined, answer });
  const again = await call();
  expect(again.run.id).not.toBe(lost);
  expect(again.passage.joinedBy).toBeUndefined();
});

it("another agent's run is never joined", async () => {
  await converse();
  const called = await call({}, 'b');
  expect(called.passage.joinedBy).toBeUndefined();
});
