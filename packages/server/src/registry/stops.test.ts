import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger } from '../audit/index.ts';
import { openSqlite, type Storage } from '../storage/index.ts';
import { compileSource } from './compile-source.ts';
import type { RegistryEntry, RegistryLedger } from './registry-entry.ts';
import { haltOf, type StopTarget } from './stop.ts';
import type { StopFacts } from './stop-board.ts';
import { Stops } from './stops.ts';

let directory: string;
let storage: Storage;
let real: Ledger;
let entries: RegistryEntry[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-stops-'));
  storage = await openSqlite(directory);
  real = await Ledger.open({ storage, origin: 'test.example/log', onFault: () => undefined });
  entries = [];
});

afterEach(async () => {
  await real[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const stopsOn = (ledger?: RegistryLedger) =>
  new Stops({
    storage,
    ledger: ledger ?? {
      append: async (added, also, durability) => {
        await real.append(added, also, durability);
        entries.push(...added);
      },
    },
  });

const ACTION: StopFacts = {
  workspace: 'w',
  agent: { name: 'a' },
  runIds: ['run_child', 'run_root'],
  tool: 'stripe.refund',
  credential: 'key_1',
};

const fleet = async (states: Record<string, string>) => {
  const agents = Object.entries(states).map(
    ([name, state]) => `kind: Agent\nname: ${name}\nowner: m@example.com\npurpose: x\nstate: ${state}\n`,
  );
  const server = 'kind: ToolServer\nname: stripe\ntransport: { stdio: [x] }\n';
  const source = { files: [{ path: 'f.yaml', text: [...agents, server, 'kind: Workspace\nname: w\n'].join('---\n') }] };
  return (await compileSource(source, new Map())).fleet;
};
const activate = async (stops: Stops, states: Record<string, string>) =>
  (await stops.fleetPart.prepare(await fleet(states))).activate();

test.each<[StopTarget, string, string]>([
  [{ kind: 'agent', name: 'a' }, 'agent_suspended', 'agent a is stopped; a person must run `reeve resume agent a`'],
  [
    { kind: 'run', id: 'run_child' },
    'run_stopped',
    'run run_child is stopped; a person must run `reeve resume run run_child`',
  ],
  [
    { kind: 'run', id: 'run_root' },
    'run_stopped',
    'run run_root is stopped; a person must run `reeve resume run run_root`',
  ],
  [
    { kind: 'tool', name: 'stripe.refund' },
    'tool_stopped',
    'tool stripe.refund is stopped; a person must run `reeve resume tool stripe.refund`',
  ],
  [
    { kind: 'tool', name: 'stripe.*' },
    'tool_stopped',
    'tool stripe.* is stopped; a person must run `reeve resume tool stripe.*`',
  ],
  [
    { kind: 'credential', id: 'key_1' },
    'credential_stopped',
    'credential key_1 is stopped; a person must run `reeve resume credential key_1`',
  ],
  [{ kind: 'all' }, 'agent_suspended', 'everything in this workspace is stopped; a person must run `reeve resume all`'],
])('%j stops what is in flight and what comes, until it is lifted', async (target, code, message) => {
  const stops = stopsOn();
  const controller = new AbortController();
  const unwatch = stops.watch(ACTION, controller);
  expect(stops.check(ACTION)).toBeUndefined();
  const ordered = await stops.order('w', target, 'per_maya', 'odd payments');
  expect(ordered).toMatchObject({ abortedInFlight: 1, durable: true, stop: { target, orderedBy: 'per_maya' } });
  expect(haltOf(controller.signal)).toEqual({ kind: 'stop', stop: ordered.stop });
  expect(stops.check(ACTION)).toEqual({ by: 'stop', verdict: 'deny', code, message, rule: ordered.stop.id });
  expect(message).not.toContain('odd payments');
  unwatch();
  expect(await stops.lift('w', target, 'per_sam')).toEqual(ordered.stop);
  expect([stops.check(ACTION), stops.list('w')]).toEqual([undefined, []]);
  const name = target.kind === 'all' ? '*' : 'name' in target ? target.name : target.id;
  const facts = { workspace: 'w', stop: ordered.stop.id, target: { kind: target.kind, name }, reason: 'odd payments' };
  expect(entries).toEqual([
    { event: 'stop.ordered', ...facts, by: 'per_maya' },
    { event: 'stop.lifted', ...facts, by: 'per_sam' },
  ]);
});

test.each<[StopTarget]>([
  [{ kind: 'agent', name: 'b' }],
  [{ kind: 'run', id: 'run_other' }],
  [{ kind: 'tool', name: 'stripe.list' }],
  [{ kind: 'tool', name: 'strip.*' }],
  [{ kind: 'credential', id: 'key_2' }],
])('%j leaves others alone', async (target) => {
  const stops = stopsOn();
  const controller = new AbortController();
  stops.watch(ACTION, controller);
  expect((await stops.order('w', target, 'maya', '')).abortedInFlight).toBe(0);
  expect([stops.check(ACTION), controller.signal.aborted]).toEqual([undefined, false]);
});

test('another workspace is not touched, cannot see it and cannot lift it', async () => {
  const stops = stopsOn();
  const controller = new AbortController();
  stops.watch({ ...ACTION, workspace: 'other' }, controller);
  await stops.order('w', { kind: 'all' }, 'maya', '');
  expect([controller.signal.aborted, stops.check({ ...ACTION, workspace: 'other' }), stops.list('other')]).toEqual([
    false,
    undefined,
    [],
  ]);
  await expect(stops.lift('other', { kind: 'all' }, 'eve')).rejects.toMatchObject({ code: 'not_found' });
  expect(stops.list('w').length).toBe(1);
});

test('a revoked credential ends what it has in flight, and nothing else', () => {
  const stops = stopsOn();
  const [mine, other] = [new AbortController(), new AbortController()];
  stops.watch(ACTION, mine);
  stops.watch({ ...ACTION, credential: 'key_2' }, other);
  expect([stops.endCredential('elsewhere', 'key_1'), stops.endCredential('w', 'key_1')]).toEqual([0, 1]);
  expect([haltOf(mine.signal), other.signal.aborted]).toEqual([{ kind: 'revoked', credential: 'key_1' }, false]);
  // Who was identified just before is refused when it is asked what is stopped.
  expect(stops.check(ACTION)).toMatchObject({ code: 'credential_stopped' });
  expect(stops.check({ ...ACTION, credential: 'key_2' })).toBeUndefined();
  const late = new AbortController();
  stops.watch(ACTION, late);
  expect(late.signal.aborted).toBe(true);
});

test('500 in flight end in the turn of the order, before the store has answered', async () => {
  const stops = stopsOn();
  const controllers = Array.from({ length: 500 }, () => new AbortController());
  for (const controller of controllers) stops.watch(ACTION, controller);
  const pending = stops.order('w', { kind: 'agent', name: 'a' }, 'maya', '');
  expect(controllers.every(({ signal }) => signal.aborted)).toBe(true);
  expect(stops.check(ACTION)?.code).toBe('agent_suspended');
  expect((await pending).abortedInFlight).toBe(500);
});

test('what begins after the check but before its watch is stopped too', async () => {
  const stops = stopsOn();
  expect(stops.check(ACTION)).toBeUndefined();
  await stops.order('w', { kind: 'all' }, 'maya', '');
  const controller = new AbortController();
  stops.watch(ACTION, controller);
  expect(haltOf(controller.signal)?.kind).toBe('stop');
});

test('what ended or was aborted by its caller is left out', async () => {
  const stops = stopsOn();
  const [ended, gone] = [new AbortController(), new AbortController()];
  stops.watch(ACTION, ended)();
  stops.watch(ACTION, gone);
  gone.abort(new Error('caller gone'));
  expect((await stops.order('w', { kind: 'all' }, 'maya', '')).abortedInFlight).toBe(0);
  expect([ended.signal.aborted, haltOf(gone.signal)]).toEqual([false, undefined]);
});

test('stops hold across a restart; lifted ones do not come back', async () => {
  const stops = stopsOn();
  await stops.order('w', { kind: 'tool', name: 'stripe.*' }, 'maya', 'why');
  await stops.order('w', { kind: 'all' }, 'maya', '');
  await stops.lift('w', { kind: 'all' }, 'maya');
  const again = stopsOn();
  await again.load();
  expect(again.list('w')).toEqual(stops.list('w'));
  expect(again.check(ACTION)?.code).toBe('tool_stopped');
  await again.lift('w', { kind: 'tool', name: 'stripe.*' }, 'maya');
  expect(again.check(ACTION)).toBeUndefined();
});

test('a store that fails keeps the stop in force and says so; ordered again, it is stored', async () => {
  let broken = true;
  const stops = stopsOn({
    append: (...args) => (broken ? Promise.reject(new Error('disk full')) : real.append(...args)),
  });
  const ordered = await stops.order('w', { kind: 'all' }, 'maya', '');
  expect(ordered).toMatchObject({ durable: false, failure: 'disk full' });
  expect(stops.check(ACTION)?.code).toBe('agent_suspended');
  broken = false;
  expect(await stops.order('w', { kind: 'all' }, 'maya', '')).toMatchObject({ durable: true, stop: ordered.stop });
  broken = true;
  await expect(stops.lift('w', { kind: 'all' }, 'maya')).rejects.toThrow('disk full');
  expect(stops.check(ACTION)?.code).toBe('agent_suspended');
});

test('the same order twice is one stop; an order during its lifting outlives it', async () => {
  const stops = stopsOn();
  const twice = await Promise.all([1, 2].map(() => stops.order('w', { kind: 'all' }, 'maya', '')));
  expect(twice[0]?.stop).toEqual(twice[1]?.stop);
  const lifting = stops.lift('w', { kind: 'all' }, 'maya');
  const anew = stops.order('w', { kind: 'all' }, 'sam', '');
  await lifting;
  expect(stops.check(ACTION)?.rule).toBe((await anew).stop.id);
  expect(await anew).toMatchObject({ durable: true, stop: { orderedBy: 'sam' } });
});

test.each([
  ['draft', 'agent a is in state draft; its owner must apply it with state active'],
  ['suspended', 'agent a is in state suspended; its owner must apply it with state active'],
  ['retired', 'agent a is in state retired; its owner must apply it with state active'],
])('an agent in state %s is stopped, and so is what it has in flight', async (state, message) => {
  const stops = stopsOn();
  await activate(stops, { a: 'active', b: 'active' });
  const [mine, other] = [new AbortController(), new AbortController()];
  stops.watch(ACTION, mine);
  stops.watch({ ...ACTION, agent: { name: 'b' } }, other);
  await activate(stops, { a: state, b: 'active' });
  expect(haltOf(mine.signal)).toEqual({ kind: 'lifecycle', agent: 'a', state });
  expect(other.signal.aborted).toBe(false);
  expect(stops.check(ACTION)).toEqual({
    by: 'stop',
    verdict: 'deny',
    code: 'agent_suspended',
    message,
    rule: `lifecycle:${state}`,
  });
});

test('an agent that a new version leaves out is stopped; a stop outlives an apply', async () => {
  const stops = stopsOn();
  await activate(stops, { a: 'active' });
  const controller = new AbortController();
  stops.watch(ACTION, controller);
  await activate(stops, { b: 'active' });
  expect(haltOf(controller.signal)).toEqual({ kind: 'lifecycle', agent: 'a', state: 'removed' });
  await stops.order('w', { kind: 'agent', name: 'b' }, 'maya', '');
  await activate(stops, { a: 'active', b: 'active' });
  expect(stops.check({ ...ACTION, agent: { name: 'b' } })?.code).toBe('agent_suspended');
});

test.each<[StopTarget, string]>([
  [{ kind: 'agent', name: 'refnd' }, 'there is no agent "refnd"; did you mean "refund"?'],
  [{ kind: 'tool', name: 'strpe.refund' }, 'there is no tool server "strpe"; did you mean "stripe"?'],
  [
    { kind: 'tool', name: 'stripe' },
    'a tool is named server.tool, or server.* for all tools of a server; found "stripe"',
  ],
])('a target that is not there is refused: %j', async (target, message) => {
  const stops = stopsOn();
  await activate(stops, { refund: 'active' });
  await expect(stops.order('w', target, 'maya', '')).rejects.toMatchObject({ code: 'not_found', message });
  expect(stops.list('w')).toEqual([]);
});
