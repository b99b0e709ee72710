import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attribution, Outcome } from '@reeve/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '../lib/index.ts';
import { openSqlite, type Storage } from '../storage/index.ts';
import { ActionRecords, type DecidedRecord, type EndedRecord, type RunRef, Runs, Traces } from './index.ts';

let directory: string;
let storage: Storage;
let runs: Runs;
let records: ActionRecords;
let traces: Traces;
const T0 = 1_790_000_000_000;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-traces-'));
  storage = await openSqlite(directory);
  reopen('p1');
});
afterEach(async () => {
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function reopen(process = 'p2'): void {
  runs = new Runs(storage);
  records = new ActionRecords(storage, process);
  traces = new Traces(storage);
}

const resolve = async (attribution: Attribution = {}, agent = 'refund', workspace = 'default', atMs = T0) =>
  runs.resolve({ workspace, agent, attribution, atMs });

function decided(run: RunRef | undefined, more: Partial<DecidedRecord> = {}): DecidedRecord {
  const startedAtMs = more.startedAtMs ?? T0;
  return {
    id: newId('action', startedAtMs),
    workspace: 'default',
    agent: 'refund',
    run,
    kind: 'tool.call',
    credentialId: 'key_1',
    target: 'stripe.refund',
    surface: undefined,
    effect: 'pay',
    grade: 'executed',
    verdict: 'allow',
    findings: [{ by: 'policy', verdict: 'allow', message: 'permitted', rule: 'base' }],
    fleetVersion: 'sha256:0',
    risk: 0,
    feature: undefined,
    user: undefined,
    session: undefined,
    reason: undefined,
    requestPayload: undefined,
    startedAtMs,
    ...more,
  };
}

function ended(record: DecidedRecord, more: Partial<EndedRecord> = {}): EndedRecord {
  return {
    id: record.id,
    workspace: record.workspace,
    outcome: { kind: 'succeeded' },
    findings: record.findings,
    endedAtMs: record.startedAtMs + 100,
    upstreamMs: undefined,
    usage: undefined,
    costNanoUsd: 0,
    servedBy: undefined,
    attempts: undefined,
    sideEffect: undefined,
    replyPayload: undefined,
    ...more,
  };
}

async function act(run: RunRef, more: Partial<DecidedRecord> = {}, end: Partial<EndedRecord> = {}) {
  const record = decided(run, more);
  await storage.write([...runs.runStatements(run), ...records.intentStatements(record)], 'process');
  runs.committed(run);
  await storage.write([...records.outcomeStatements(ended(record, end))], 'process');
  return record;
}

test('without a name each call begins a run named by its id; a name joins, also by id and after a restart', async () => {
  const unnamed = await resolve();
  expect(unnamed.name).toBe(unnamed.id);
  expect((await resolve()).id).not.toBe(unnamed.id);
  const named = await resolve({ run: 'ticket-7' });
  await act(named);
  await act(unnamed);
  expect((await resolve({ run: 'ticket-7' })).id).toBe(named.id);
  reopen();
  expect(await resolve({ run: 'ticket-7' })).toMatchObject({ id: named.id, name: 'ticket-7' });
  expect((await resolve({ run: unnamed.id })).id).toBe(unnamed.id);
});

test('first calls of one name at the same time are one run', async () => {
  const all = await Promise.all(Array.from({ length: 50 }, () => resolve({ run: 'same' })));
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  await Promise.all(all.map((run) => act(run)));
  expect(await traces.countCalls('default', all[0]?.id ?? '')).toEqual({ model: 0, tool: 50 });
  const traced = await Promise.all(Array.from({ length: 20 }, () => resolve({ traceId: 'a'.repeat(32) })));
  expect(new Set(traced.map(({ id }) => id)).size).toBe(1);
});

test('a name belongs to its agent and workspace; a trace id joins within one agent', async () => {
  const mine = await resolve({ run: 'x' });
  expect((await resolve({ run: 'x' }, 'other')).id).not.toBe(mine.id);
  expect((await resolve({ run: 'x' }, 'refund', 'elsewhere')).id).not.toBe(mine.id);
  const traceId = 'b'.repeat(32);
  const traced = await resolve({ traceId });
  await act(traced);
  reopen();
  expect((await resolve({ traceId })).id).toBe(traced.id);
  expect((await resolve({ traceId }, 'other')).id).not.toBe(traced.id);
});

test('what a caller may not name is refused with what would be right', async () => {
  const foreign = await resolve({ run: 'secret' }, 'spy', 'elsewhere');
  const colleague = await resolve({}, 'colleague');
  const bad: [Attribution, RegExp][] = [
    [{ run: 'a b' }, /1 to 64/],
    [{ run: 'x'.repeat(65) }, /1 to 64/],
    [{ run: '' }, /1 to 64/],
    [{ run: foreign.id }, /not a run of this agent/],
    [{ run: colleague.id }, /not a run of this agent/],
    [{ parentRun: 'nobody' }, /there is no run|is a run id/],
    [{ parentRun: foreign.id }, /there is no run|is a run id/],
    [{ parentRun: 'secret' }, /there is no run|is a run id/],
    [{ parentRun: '../x' }, /there is no run|is a run id/],
  ];
  for (const [attribution, message] of bad)
    await expect((async () => resolve(attribution))()).rejects.toMatchObject({ code: 'invalid_request', message });
});

test('lineage crosses agents and keeps its root', async () => {
  const root = await resolve({ run: 'root' }, 'planner');
  await act(root, { agent: 'planner' });
  const child = await resolve({ run: 'child', parentRun: root.id });
  const grandchild = await resolve({ parentRun: 'child' });
  const byName = await resolve({ run: 'by-name', parentRun: 'root' });
  expect(runs.lineage(grandchild)).toEqual([grandchild.id, child.id, root.id]);
  expect([child, grandchild, byName].map((run) => run.root)).toEqual([root.id, root.id, root.id]);
  for (const run of [child, grandchild]) await act(run);
  reopen();
  const again = await resolve({ run: 'child', parentRun: 'root' });
  expect(runs.lineage(again)).toEqual([child.id, root.id]);
  for (const wrong of [
    { run: 'child', parentRun: grandchild.id },
    { run: 'self', parentRun: 'self' },
  ])
    await expect(resolve(wrong)).rejects.toMatchObject({ code: 'invalid_request' });
  await act(await resolve({ run: 'twin' }, 'a'));
  await act(await resolve({ run: 'twin' }, 'b'));
  await expect(resolve({ parentRun: 'twin' })).rejects.toThrow('several agents');
});

test('nesting is bounded', async () => {
  let run = await resolve();
  for (let depth = 1; depth < 32; depth++) run = await resolve({ parentRun: run.id });
  await expect(resolve({ parentRun: run.id })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('an action is one row from intent to outcome', async () => {
  const usage = {
    inputTokens: 10,
    cacheReadTokens: 1,
    cacheWriteTokens: 2,
    cacheWrite1hTokens: 0,
    outputTokens: 5,
    reasoningTokens: 3,
    source: 'reported',
  } as const;
  const run = await resolve({ run: 'r', feature: 'f' });
  const record = decided(run, { risk: 12, feature: 'f', user: 'u' });
  await storage.write([...runs.runStatements(run), ...records.intentStatements(record)], 'power');
  expect(await traces.getAction('default', record.id)).toMatchObject({
    outcome: undefined,
    risk: 12,
  });
  const end = ended(record, {
    usage,
    costNanoUsd: 1_500,
    sideEffect: 're_1',
    servedBy: 'stripe',
    attempts: 2,
    upstreamMs: 81,
  });
  await storage.write([...records.outcomeStatements(end)], 'process');
  expect(await traces.getAction('default', record.id)).toMatchObject({
    outcome: { kind: 'succeeded' },
    usage,
    costNanoUsd: 1_500,
    sideEffect: 're_1',
    upstreamMs: 81,
    findings: record.findings,
  });
  expect(await traces.getAction('elsewhere', record.id)).toBeUndefined();
  expect((await traces.listActions('default', { sideEffect: 're_1' })).items.map(({ id }) => id)).toEqual([record.id]);
  expect((await traces.listActions('elsewhere', { sideEffect: 're_1' })).items).toEqual([]);
});

test('a refusal is one row, with findings bounded and the strictest kept', async () => {
  const findings = [
    ...Array.from(
      { length: 100 },
      (_, n) => ({ by: 'guardrail', verdict: 'allow', message: `${n} ${'x'.repeat(400)}` }) as const,
    ),
    { by: 'policy', verdict: 'deny', code: 'policy_denied', message: 'no' } as const,
  ];
  const record = decided(undefined, { verdict: 'deny' });
  const outcome: Outcome = { kind: 'denied', code: 'policy_denied', message: 'no' };
  await storage.write([...records.refusedStatements(record, ended(record, { outcome, findings }))], 'process');
  const stored = await traces.getAction('default', record.id);
  expect(stored).toMatchObject({ outcome });
  expect(stored?.findings[0]).toMatchObject({ verdict: 'deny' });
  expect(JSON.stringify(stored?.findings).length).toBeLessThan(17_000);
});

test('pages are stable while actions arrive, and filters and workspaces hold', async () => {
  const run = await resolve({ run: 'r' });
  for (let n = 0; n < 7; n++) await act(run, { startedAtMs: T0 + n * 1_000, target: n % 2 ? 'a.b' : 'c.d' });
  const first = await traces.listActions('default', {}, { limit: 3 });
  await act(run, { startedAtMs: T0 + 60_000 });
  const second = await traces.listActions('default', {}, { limit: 3, cursor: first.next ?? '' });
  const third = await traces.listActions('default', {}, { limit: 3, cursor: second.next ?? '' });
  const times = [first, second, third].flatMap(({ items }) => items.map((item) => (item.startedAtMs - T0) / 1_000));
  expect(times).toEqual([6, 5, 4, 3, 2, 1, 0]);
  expect(third.next).toBeNull();
  expect((await traces.listActions('default', { target: 'a.b' })).items).toHaveLength(3);
  expect((await traces.listActions('default', { sinceMs: T0 + 2_000, untilMs: T0 + 4_000 })).items).toHaveLength(2);
  expect((await traces.listActions('elsewhere')).items).toEqual([]);
  expect((await traces.listRuns('elsewhere')).items).toEqual([]);
  expect((await traces.listRuns('default', { agent: 'refund' })).items).toMatchObject([{ name: 'r', actions: 8 }]);
});

test('a run is shown as a tree across agents, by id, name or agent/name', async () => {
  const root = await resolve({ run: 'job' }, 'planner');
  await act(root, { agent: 'planner' }, { costNanoUsd: 5 });
  const child = await resolve({ run: 'job', parentRun: root.id });
  await act(child, {}, { costNanoUsd: 7 });
  await expect(traces.showRun('default', 'job')).rejects.toThrow('planner/job, refund/job');
  const shown = await traces.showRun('default', 'planner/job');
  expect(shown).toMatchObject({
    truncated: false,
    tree: {
      run: { agent: 'planner' },
      totals: { costNanoUsd: 5 },
      children: [{ run: { agent: 'refund' }, totals: { costNanoUsd: 7, actions: 1 } }],
    },
  });
  expect((await traces.showRun('default', child.id))?.tree.children).toEqual([]);
  expect(await traces.showRun('elsewhere', root.id)).toBeUndefined();
  expect(await traces.showRun('default', 'nothing')).toBeUndefined();
});

test('costs add up by whatever is asked', async () => {
  const run = await resolve();
  await act(run, { feature: 'a', kind: 'model.generate', target: 'small' }, { costNanoUsd: 10 });
  await act(run, { feature: 'b', user: 'u' }, { costNanoUsd: 30 });
  await act(run, { feature: 'b' }, { costNanoUsd: 5 });
  expect(await traces.costs('default', { by: 'feature' })).toMatchObject([
    { key: 'b', calls: 2, costNanoUsd: 35 },
    { key: 'a', costNanoUsd: 10 },
  ]);
  expect(await traces.costs('default', { by: 'model' })).toMatchObject([{ key: 'small', costNanoUsd: 10 }]);
  expect(await traces.costs('default', { by: 'user', sinceMs: T0 + 1 })).toEqual([]);
  expect(await traces.costs('elsewhere', { by: 'agent' })).toEqual([]);
});

test('what a dead process left under way is found and closed once', async () => {
  const run = await resolve();
  const record = decided(run);
  await storage.write([...runs.runStatements(run), ...records.intentStatements(record)], 'power');
  expect(await records.recover(T0)).toEqual([]);
  reopen();
  const [unfinished] = await records.recover(T0 + 5);
  expect(unfinished?.action).toMatchObject({ id: record.id, target: 'stripe.refund' });
  const close = unfinished?.statements ?? [];
  expect((await storage.write(close, 'power')).ok).toBe(true);
  expect((await storage.write(close, 'power')).ok).toBe(false);
  expect(await traces.getAction('default', record.id)).toMatchObject({ outcome: { kind: 'interrupted' } });
  expect(await records.recover(T0 + 9)).toEqual([]);
});

test('an action says why it is in its run', async () => {
  const run = await resolve();
  const kept = decided(run, { joinedBy: { by: 'uncertain', of: ['run_a', 'run_b'] } });
  await storage.write([...runs.runStatements(run), ...records.intentStatements(kept)], 'process');
  const refused = decided(run, { joinedBy: { by: 'proposal', of: ['act_a'] } });
  await storage.write(records.refusedStatements(refused, ended(refused)), 'process');
  const own = decided(run);
  await storage.write(records.intentStatements(own), 'process');
  const stored = async ({ id }: DecidedRecord) => (await traces.getAction('default', id))?.joinedBy;
  expect([await stored(kept), await stored(refused), await stored(own)]).toEqual([
    kept.joinedBy,
    refused.joinedBy,
    undefined,
  ]);
});
