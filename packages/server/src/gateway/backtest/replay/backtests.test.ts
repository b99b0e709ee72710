import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BacktestReport, Finding, FleetSource } from '@reeve/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqlite, type Storage } from '../../../storage/index.ts';
import { ActionHistory } from '../../../traces/index.ts';
import { type PastCall, payloadStore, TrafficRecorder } from '../__fixtures__/record-traffic.ts';
import { Backtests } from './backtests.ts';
import { ReplaySession } from './replay-session.ts';

const FLEET = `
kind: Workspace
name: acme
---
kind: Agent
name: refund
owner: maya@example.com
purpose: Refund charges
tools: ["stripe.*"]
models: [small]
---
kind: Agent
name: reader
owner: maya@example.com
purpose: Read charges
tools: ["stripe.list"]
---
kind: ToolServer
name: stripe
transport: { http: "https://mcp.example.com/mcp" }
tools:
  list: { effect: read }
  refund: { effect: pay, amount: "args.amount" }
---
kind: Model
name: small
targets: [{ provider: openai, model: gpt-5-mini }]
`;
const PERMIT = '@id("refunds") permit (principal == Reeve::Agent::"refund", action, resource);';
const HOLD =
  '@id("large") @hold("person") forbid (principal, action, resource == Reeve::Tool::"stripe.refund") when { context.amount.greaterThan(decimal("100.0")) };';
const UNUSED = '@id("unused") forbid (principal, action, resource) when { context.risk > 99 };';

const candidate = (...policies: string[]): FleetSource => ({
  files: [
    { path: 'fleet.yaml', text: FLEET },
    { path: 'policies/p.cedar', text: policies.join('\n') },
  ],
});

const NOW = Date.UTC(2026, 10, 20);
const HOUR = 3_600_000;
const refund = (amount: number, hoursAgo: number, more: Partial<PastCall> = {}): PastCall => ({
  ...{ agent: 'refund', tool: 'stripe.refund', effect: 'pay', args: { amount }, atMs: NOW - hoursAgo * HOUR },
  ...more,
});

let directory: string;
let storage: Storage;
let recorder: TrafficRecorder;
let backtests: Backtests;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-backtest-'));
  storage = await openSqlite(directory);
  recorder = new TrafficRecorder(storage);
  backtests = new Backtests({ ...parts(), openPeer: () => new ReplaySession() });
});

function parts() {
  return {
    history: new ActionHistory(storage),
    payloads: payloadStore(storage),
    inForce: async () => candidate(PERMIT),
    now: () => NOW,
  };
}

afterEach(async () => {
  await backtests[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

async function replay(source: FleetSource | undefined, more: object = {}): Promise<BacktestReport> {
  const request = { workspace: 'acme', source, sinceMs: NOW - 720 * HOUR, listed: 20, limit: 1_000 };
  const { id, problems } = await backtests.start({ ...request, ...more });
  expect(problems).toEqual([]);
  for (;;) {
    const { state, report, failure } = backtests.get('acme', id);
    expect(failure).toBeNull();
    if (report !== null) return report;
    expect(state).toBe('running');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

it('says which decisions change, what is at stake and how often people would be asked', async () => {
  const ids = await recorder.record('acme', [
    refund(50, 48),
    refund(250, 47),
    refund(1_000.5, 24),
    { agent: 'refund', model: 'small', atMs: NOW - HOUR },
  ]);
  const report = await replay(candidate(PERMIT, HOLD, UNUSED));
  expect(report).toMatchObject({
    actions: 4,
    truncated: false,
    recorded: { allow: 4, hold: 0, deny: 0 },
    candidate: { allow: 2, hold: 2, deny: 0 },
    transitions: [{ from: 'allow', to: 'hold', count: 2, amount: 1_250.5 }],
    affected: [{ agent: 'refund', target: 'stripe.refund', from: 'allow', to: 'hold', count: 2, amount: 1_250.5 }],
    neverMatched: [{ rule: 'unused', by: 'policy' }],
    load: { held: 2, heldBefore: 0, per100: 50, perDay: 1.02 },
  });
  expect(report.changes.map(({ action, rules, amount }) => [action, rules, amount])).toEqual([
    [ids[1], ['large'], 250],
    [ids[2], ['large'], 1_000.5],
  ]);
  expect(report.rules).toContainEqual({ by: 'policy', rule: 'large', allow: 0, hold: 2, deny: 0 });
});

it('compares with what rules said, not with what people made of it', async () => {
  const held: Finding = { by: 'policy', verdict: 'hold', message: 'held', rule: 'large', waitsFor: 'person' };
  const released: Finding[] = [
    { ...held, verdict: 'allow', releasedBy: 'apr_1' },
    { by: 'approval', verdict: 'allow', message: 'approved by lee@example.com' },
  ];
  const refused: Finding[] = [
    held,
    { by: 'approval', verdict: 'deny', code: 'approval_required', message: 'lee@example.com said no' },
  ];
  await recorder.record('acme', [
    refund(250, 3, { findings: released }),
    refund(250, 2, { verdict: 'deny', findings: refused, kept: true }),
  ]);
  expect(await replay(candidate(PERMIT, HOLD))).toMatchObject({
    recorded: { allow: 0, hold: 2, deny: 0 },
    candidate: { allow: 0, hold: 2, deny: 0 },
    transitions: [],
  });
  expect((await replay(candidate(PERMIT))).transitions).toEqual([{ from: 'hold', to: 'allow', count: 2, amount: 500 }]);
});

it('takes over what others said, and what ended before rules were asked', async () => {
  const blocked: Finding[] = [
    { by: 'guardrail', verdict: 'deny', code: 'guardrail_blocked', message: 'a secret' },
    { by: 'policy', verdict: 'allow', message: 'permitted', rule: 'refunds' },
  ];
  const spent: Finding[] = [{ by: 'budget', verdict: 'deny', code: 'budget_exceeded', message: 'spent' }];
  await recorder.record('acme', [
    refund(10, 3, { verdict: 'deny', findings: blocked, kept: true }),
    refund(10, 2, { verdict: 'deny', findings: spent }),
  ]);
  expect(await replay(candidate(PERMIT))).toMatchObject({
    actions: 1,
    recorded: { allow: 0, hold: 0, deny: 1 },
    candidate: { allow: 0, hold: 0, deny: 1 },
    notReplayed: { beforeRules: 1, erased: 0, tooLarge: 0, neverKept: 0 },
  });
});

it('counts what was erased or never kept, and guesses nothing', async () => {
  const denied: Finding[] = [{ by: 'policy', verdict: 'deny', code: 'policy_denied', message: 'no', rule: 'x' }];
  const [first] = await recorder.record('acme', [
    refund(10, 4),
    refund(10, 3),
    refund(10, 2, { verdict: 'deny', findings: denied }),
    refund(10, 1, { args: { amount: 10, note: 'x'.repeat(300_000) } }),
  ]);
  await storage.write(
    [{ sql: 'DELETE FROM ledger_payload WHERE action = ?', params: [first ?? ''], expect: 1 }],
    'process',
  );
  expect(await replay(candidate(PERMIT))).toMatchObject({
    actions: 1,
    notReplayed: { erased: 1, neverKept: 1, tooLarge: 1, beforeRules: 0 },
  });
});

it('reads one workspace, one time and at most so many actions', async () => {
  await recorder.record('other', [refund(1_000, 1)]);
  await recorder.record('acme', [refund(1, 900), refund(2, 5), refund(3, 4), refund(4, 3)]);
  const all = await replay(candidate(PERMIT));
  expect([all.actions, all.truncated]).toEqual([3, false]);
  const some = await replay(candidate(PERMIT), { limit: 2 });
  expect([some.actions, some.truncated]).toEqual([2, true]);
  const agent = await replay(candidate(PERMIT), { agent: 'reader' });
  expect(agent.actions).toBe(0);
});

it('an agent or tool that the candidate no longer has is refused by it', async () => {
  await recorder.record('acme', [{ agent: 'gone', tool: 'stripe.list', atMs: NOW - HOUR }, refund(5, 1)]);
  const report = await replay(candidate(PERMIT));
  expect(report.changes).toMatchObject([{ agent: 'gone', from: 'allow', to: 'deny' }]);
});

it('without files the fleet in force is judged', async () => {
  await recorder.record('acme', [refund(250, 1)]);
  expect(await replay(undefined)).toMatchObject({ actions: 1, transitions: [] });
});

it("a workspace without a fleet is told so, and is in nobody's way", async () => {
  const nothing = { ...parts(), inForce: () => Promise.reject(new Error('nothing was applied')) };
  await using without = new Backtests({ ...nothing, openPeer: () => new ReplaySession() });
  backtests = without;
  const request = { workspace: 'acme', source: undefined, sinceMs: 0, listed: 1, limit: 10 };
  await expect(without.start(request)).rejects.toThrow('nothing was applied');
  expect(await replay(candidate(PERMIT))).toMatchObject({ actions: 0 });
});

it('a candidate with problems is not replayed', async () => {
  const source = candidate('permit (principal, action, resource) when { context.hour > "x" };');
  const view = await backtests.start({ workspace: 'acme', source, sinceMs: 0, listed: 1, limit: 10 });
  expect(view).toMatchObject({ state: 'failed', report: null });
  expect(view.problems).toHaveLength(1);
});

it('judges in a thread of its own, and says alike', async () => {
  await recorder.record('acme', [refund(50, 2), refund(250, 1)]);
  const here = await replay(candidate(PERMIT, HOLD));
  await using threaded = new Backtests(parts());
  backtests = threaded;
  expect(await replay(candidate(PERMIT, HOLD))).toEqual(here);
});

it('one runs at a time, can be ended, and is not shown to another workspace', async () => {
  await recorder.record(
    'acme',
    Array.from({ length: 3_000 }, (_, index) => refund(index, 1 + (index % 50))),
  );
  const request = { workspace: 'acme', source: candidate(PERMIT), sinceMs: 0, listed: 1, limit: 10_000 };
  const { id } = await backtests.start(request);
  await expect(backtests.start(request)).rejects.toMatchObject({ code: 'conflict' });
  expect(() => backtests.get('other', id)).toThrow('no back-test');
  await expect(backtests.cancel('other', id)).rejects.toMatchObject({ code: 'not_found' });
  expect(await backtests.cancel('acme', id)).toMatchObject({ state: 'cancelled', report: null });
  const both = await Promise.allSettled([backtests.start(request), backtests.start(request)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

const withRules = (rules: string, ...policies: string[]): FleetSource => ({
  files: [...candidate(...policies).files, { path: 'rules.yaml', text: rules }],
});

const OFTEN = `
kind: RiskRules
name: charging
signals:
  - { name: refunds, on: stripe.refund, aggregate: count, by: [agent], window: 1h }
  - { name: sums, on: stripe.refund, aggregate: sum, value: args.amount, by: [agent], window: 30d }
rules:
  - { id: many, when: 'action.tool == "stripe.refund" && signals.refunds >= 3', verdict: hold, say: many refunds in an hour }
  - { id: sum, when: 'action.tool == "stripe.refund" && signals.sums > 1000000.0', verdict: deny, say: too much in all }
`;

it('rules of risk count over recorded time, from nothing each time', async () => {
  const burst = (hoursAgo: number) => Array.from({ length: 5 }, (_, index) => refund(10, hoursAgo - index * 0.01));
  await recorder.record('acme', [...burst(50), refund(10, 20), ...burst(5)]);
  for (let round = 0; round < 2; round++) {
    const report = await replay(withRules(OFTEN, PERMIT));
    expect(report.transitions).toEqual([{ from: 'allow', to: 'hold', count: 4, amount: 40 }]);
    expect(report.neverMatched).toEqual([{ rule: 'charging/sum', by: 'risk', file: null }]);
    expect(report.load.approvers).toEqual([{ approver: 'every approver of the workspace', held: 4, perDay: 2.13 }]);
  }
});

it('what was refused counts in no signal', async () => {
  const refused: Finding[] = [
    { by: 'guardrail', verdict: 'deny', code: 'guardrail_blocked', message: 'a secret' },
    { by: 'policy', verdict: 'allow', message: 'permitted', rule: 'refunds' },
  ];
  const denied = { verdict: 'deny', findings: refused, kept: true } as const;
  await recorder.record('acme', [refund(1, 1, denied), refund(1, 0.9, denied), refund(1, 0.8, denied), refund(1, 0.7)]);
  expect(await replay(withRules(OFTEN, PERMIT))).toMatchObject({ transitions: [], actions: 4 });
});

it('labels follow from declarations: what a run read decides what it may do', async () => {
  const fleet = FLEET.replace('list: { effect: read }', 'list: { effect: read, trust: untrusted }');
  const tainted =
    '@id("tainted") forbid (principal, action, resource == Reeve::Tool::"stripe.refund") when { context.labels.contains("untrusted") };';
  const run = 'run_1m7v41f000000000000000001';
  await recorder.record('acme', [
    refund(1, 3),
    { agent: 'refund', tool: 'stripe.list', effect: 'read', atMs: NOW - 2 * HOUR, run },
    refund(2, 1, { run }),
  ]);
  const source = {
    files: [
      { path: 'fleet.yaml', text: fleet },
      { path: 'policies/p.cedar', text: `${PERMIT}\n${tainted}` },
    ],
  };
  expect((await replay(source)).changes).toMatchObject([{ to: 'deny', amount: 2, rules: ['tainted'] }]);
});

it('Approvals objects of the candidate are asked too', async () => {
  await recorder.record('acme', [refund(5, 2), { agent: 'reader', tool: 'stripe.list', atMs: NOW - HOUR }]);
  const approvals =
    'kind: Approvals\nname: money\neffects: [pay]\nrequire: always\napprovers: [lee@example.com, ann@example.com]\n';
  const report = await replay(withRules(approvals, PERMIT));
  expect(report.changes).toMatchObject([{ to: 'hold', rules: ['approvals money'] }]);
  expect(report.load.approvers.map(({ approver }) => approver)).toEqual(['lee@example.com', 'ann@example.com']);
});
