import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callTool as callMcp, codeOf as mcpCodeOf } from '../mcp/raw-client.ts';
import { type Called, codeOf, post } from './calls.ts';
import { keyOf, metric } from './refusals.ts';
import type { ServerProcess } from './server-process.ts';
import { startWorld, until, type World } from './world.ts';

// What agents may try against rules over what happened: many at once by both doors, leaving, dying servers, repeating.

let world: World;
let server: ServerProcess;
let keys: readonly string[];

const FLEET = (shop: string) => ({
  'fleet.yaml': `
kind: Workspace
name: default
---
${['one', 'two', 'new'].map(agent).join('---\n')}---
kind: ToolServer
name: shop
transport: { api: "${shop}" }
privateNetwork: true
tools:
  order:
    effect: write
    deciding: []
    request: { method: POST, path: /orders }
    inputSchema: { type: object, properties: { item: { type: string }, amount: { type: number } }, required: [item, amount] }
`,
  'risk.yaml': `
kind: RiskRules
name: attacked
agents: [one, two]
signals:
  - { name: spent, on: shop.order, aggregate: sum, value: args.amount, by: [args.item], window: 24h }
  - { name: orders, on: shop.order, aggregate: count, by: [args.item], window: 1h }
  - { name: pace, on: shop.order, aggregate: rate, by: [args.item], window: 10m }
  - { name: in_run, on: shop.order, aggregate: count, by: [run], window: 1h }
rules:
  - { id: sum, when: 'args.item == "sum" && signals.spent + args.amount > 750.0', verdict: deny, say: sum }
  - { id: count, when: 'args.item.startsWith("count") && signals.orders >= 5.0', verdict: deny, say: count }
  - { id: rate, when: 'args.item == "rate" && signals.pace >= 0.4', verdict: deny, say: rate }
  - { id: dear, when: 'args.amount > 1000.0', verdict: hold, say: dear }
  - { id: many, when: 'args.item == "race" && signals.in_run >= 10.0', score: 1, stop: run, alert: true, say: many }
---
kind: RiskRules
name: alone
agents: [new]
signals: [{ name: orders, on: shop.order, aggregate: count, by: [workspace, args.item], window: 1h }]
rules: [{ id: count, when: 'signals.orders >= 1.0', verdict: deny, say: count }]
`,
  'policies/all.cedar': 'permit (principal, action == Reeve::Action::"call", resource);',
});

function agent(name: string): string {
  return `kind: Agent
name: ${name}
owner: maya@example.com
purpose: Buys as much as it can
autonomy: autopilot
tools: [shop.*]
limits: { toolCallsPerRun: 100000, toolCallsPerMinute: 100000, retriesPerCall: 100000 }
`;
}

beforeAll(async () => {
  world = await startWorld({ fleetOf: (_provider, shop) => FLEET(shop) });
  server = await world.start();
  keys = await Promise.all(['one', 'two', 'new'].map((name) => keyOf(server, name)));
});
afterAll(() => world[Symbol.asyncDispose]());

interface More {
  readonly amount?: number;
  readonly by?: number;
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  readonly run?: string;
}

function order(item: string, { amount = 100, by = 0, signal, idempotencyKey, run }: More = {}): Promise<Called> {
  const caller = { url: server.url, key: keys[by] ?? '', ...(signal === undefined ? {} : { signal }) };
  return post(caller, '/actions', { tool: 'shop.order', args: { item, amount } }, idempotencyKey, run);
}

async function orderByMcp(item: string, { amount = 100, by = 0, idempotencyKey }: More = {}): Promise<string> {
  const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  const door = { url: server.url, key: keys[by] ?? '' };
  return mcpCodeOf(await callMcp(door, '/mcp', 'shop.order', { item, amount }, headers)) ?? '';
}

/** Orders until a rule refuses; answers how many passed. */
async function orderUntilRefused(item: string): Promise<number> {
  for (let passed = 0; ; passed++) {
    const answer = await order(item);
    if (answer.status === 200) continue;
    expect([answer.status, codeOf(answer)]).toEqual([403, 'policy_denied']);
    return passed;
  }
}

const fifty = <T>(make: (i: number) => T): T[] => Array.from({ length: 50 }, (_, i) => make(i));

test.each([
  ['sum', 7],
  ['count', 5],
  ['rate', 4],
])('of 100 at once by two agents over HTTP and MCP exactly those pass that the %s allows', async (item, allowed) => {
  const over = await Promise.all([
    ...fifty(async (i) => codeOf(await order(item, { by: i % 2 })) ?? 'succeeded'),
    ...fifty((i) => orderByMcp(item, { by: i % 2 })),
  ]);
  expect(over.filter((code) => code === 'succeeded')).toHaveLength(allowed);
  expect(over.filter((code) => code === 'policy_denied')).toHaveLength(100 - allowed);
  expect(world.shop.ordersOf(item)).toBe(allowed);
});

test('what callers leave behind is counted if it was carried out, and not otherwise', async () => {
  world.shop.onArrival(() => new Promise((resolve) => setTimeout(resolve, 5)));
  const left = fifty((i) =>
    order('count left', { signal: AbortSignal.timeout(1 + (i % 25)) }).then(
      () => undefined,
      () => undefined,
    ),
  );
  await Promise.all(left);
  world.shop.onArrival(() => {});
  await until('all have ended', async () => {
    const { items } = await server.admin.call('actions.list', { query: { limit: 100 } });
    return items.every(({ outcome }) => outcome !== null);
  });
  await orderUntilRefused('count left');
  expect(world.shop.ordersOf('count left')).toBe(5);
});

test('what is held is not counted, and takes nobody the place', async () => {
  const held = await Promise.all(fifty((i) => order('count held', { amount: 5_000 + i })));
  expect(new Set(held.map(codeOf))).toEqual(new Set(['approval_required']));
  expect(await orderUntilRefused('count held')).toBe(5);
});

describe('a call that a client repeats', () => {
  test('without a key is another call: carried out and counted twice', async () => {
    for (let i = 0; i < 2; i++) expect(await orderByMcp('count unkeyed')).toBe('succeeded');
    expect(await orderUntilRefused('count unkeyed')).toBe(3);
  });

  test('with its key counts once, by whatever door and however often', async () => {
    const idempotencyKey = 'count-keyed';
    const make = (i: number) => (i % 5 === 0 ? order('count keyed', { idempotencyKey }).then(codeOf) : byMcp());
    const byMcp = () => orderByMcp('count keyed', { idempotencyKey });
    const codes = new Set(await Promise.all(fifty(make)));
    // What is waiting for the first one's reply may stand in its way: then it is refused, and never carried out.
    expect([...codes].filter((code) => !['succeeded', undefined, 'policy_denied'].includes(code))).toEqual([]);
    expect(world.shop.ordersOf('count keyed')).toBe(1);
    expect(await orderUntilRefused('count keyed')).toBe(4);
    expect(world.shop.ordersOf('count keyed')).toBe(5);
    // Once the rule refuses such calls it refuses this one too, though it was carried out: rules are asked before keys.
    expect(await byMcp()).toBe('policy_denied');
    expect(world.shop.ordersOf('count keyed')).toBe(5);
  });
});

test('a run that a rule stops is stopped for all its calls beside it, and for no other run', async () => {
  const answers = await Promise.all(fifty(() => order('race', { run: 'race' })));
  const codes = answers.map((answer) => codeOf(answer) ?? 'succeeded');
  expect(new Set(codes)).toEqual(new Set(codes.includes('succeeded') ? ['succeeded', 'run_stopped'] : ['run_stopped']));
  expect(world.shop.ordersOf('race')).toBeLessThanOrEqual(10);
  expect(codes.filter((code) => code === 'succeeded').length).toBeLessThanOrEqual(world.shop.ordersOf('race'));
  expect(codeOf(await order('another', { run: 'race' }))).toBe('run_stopped');
  expect((await order('another', { run: 'calm' })).status).toBe(200);
  const { items } = await server.admin.call('stops.list', {});
  expect(items.filter(({ target }) => target.kind === 'run')).toHaveLength(1);
  expect(await metric(server.url, 'reeve_events_total{event="risk_alert"}')).toBeGreaterThan(0);
});

test('after kill -9 signals are as they were, with what was under way as done', async () => {
  for (let i = 0; i < 2; i++) expect((await order('count killed')).status).toBe(200);
  const arrived = Promise.withResolvers<void>();
  world.shop.onArrival(() => {
    arrived.resolve();
    return new Promise(() => {});
  });
  const underWay = order('count killed').then(
    () => 'answered',
    () => 'broken',
  );
  await arrived.promise;
  await server.kill();
  expect(await underWay).toBe('broken');
  world.shop.onArrival(() => {});
  server = await world.start();
  expect(await orderUntilRefused('count killed')).toBe(2);
  expect(world.shop.ordersOf('count killed')).toBe(5);
});

test('rules for one agent do not count what others do', async () => {
  expect((await order('apart', { by: 0 })).status).toBe(200);
  expect((await order('apart', { by: 2 })).status).toBe(200);
  expect(codeOf(await order('apart', { by: 2 }))).toBe('policy_denied');
  expect((await order('apart', { by: 1 })).status).toBe(200);
});
