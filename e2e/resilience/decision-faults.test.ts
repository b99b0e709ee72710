import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Called, callTool, chat, codeOf } from './calls.ts';
import { prove } from './prove.ts';
import { eventsOf, keyOf, metric } from './refusals.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let reeve: Reeve;
let caller: { readonly url: string; readonly key: string };

beforeAll(async () => {
  world = await startWorld();
  reeve = await startReeve({ fleet: world.fleet });
  caller = { url: reeve.url, key: await keyOf(reeve) };
});

afterAll(async () => {
  await reeve[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

interface Refusal {
  readonly call: () => Promise<Called>;
  readonly code: string;
  readonly outcome: string;
  readonly series: string;
}

/** Nothing goes upstream; the caller hears the code, and row, ledger and metric say the same. */
async function expectRefused({ call, code, outcome, series }: Refusal): Promise<void> {
  const [arrived, counted] = [world.arrivals(), await metric(reeve.url, series)];
  const answer = await call();
  expect([answer.status, codeOf(answer)]).toEqual([403, code]);
  expect(answer.decision).not.toBe('allow');
  expect(world.arrivals()).toBe(arrived);
  expect(await metric(reeve.url, series)).toBe(counted + 1);
  const action = answer.action ?? '';
  expect(await reeve.admin.call('actions.get', { params: { action } })).toMatchObject({
    verdict: 'deny',
    outcome,
    code,
  });
  expect(await eventsOf(reeve.admin, action)).toMatchObject([
    { event: 'action.refused', verdict: 'deny', outcome, code },
  ]);
  expect((await chat(caller)).status).toBe(200);
}

const FAILED = 'reeve_events_total{event="failed_closed"}';
const ended = (kind: string, outcome: string, code: string) =>
  `reeve_actions_total{kind="${kind}",outcome="${outcome}",code="${code}"}`;

prove('POL-2', () =>
  expectRefused({
    call: () => callTool(caller, 'shop.refund', { charge: 'ch_1' }),
    code: 'fail_closed',
    outcome: 'denied',
    series: ended('tool.call', 'denied', 'fail_closed'),
  }),
);

prove('POL-3', () =>
  expectRefused({
    call: () => callTool(caller, 'shop.discard'),
    code: 'policy_denied',
    outcome: 'denied',
    series: ended('tool.call', 'denied', 'policy_denied'),
  }),
);

prove('SCH-1', () =>
  expectRefused({
    call: () => callTool(caller, 'shop.pattern', { text: `${'a'.repeat(40)}!` }),
    code: 'fail_closed',
    outcome: 'failed_closed',
    series: FAILED,
  }),
);

prove('SCH-2', () =>
  expectRefused({
    call: () => callTool(caller, 'shop.deep', { a: { a: 1 } }),
    code: 'fail_closed',
    outcome: 'failed_closed',
    series: FAILED,
  }),
);

prove('BUD-1', () =>
  expectRefused({
    call: () => chat(caller, { model: 'unpriced/x' }),
    code: 'price_unknown',
    outcome: 'over_budget',
    series: ended('model.generate', 'over_budget', 'price_unknown'),
  }),
);

prove('GRD-2', async () => {
  const guarded = { url: reeve.url, key: await keyOf(reeve, 'guarded') };
  expect((await chat(guarded)).status).toBe(200);
  await expectRefused({
    call: () => chat(guarded, { say: 'x'.repeat(210_000) }),
    code: 'guardrail_blocked',
    outcome: 'blocked',
    series: ended('model.generate', 'blocked', 'guardrail_blocked'),
  });
});

prove('SEC-1', async () => {
  const arrived = world.arrivals();
  const answer = await callTool(caller, 'vault.open');
  expect([answer.status, codeOf(answer)]).toEqual([403, 'fail_closed']);
  expect(world.arrivals()).toBe(arrived);
  expect(answer.body).not.toContain('VAULT_KEY_THAT_NOBODY_SET');
  expect(await metric(reeve.url, 'reeve_events_total{event="secret_missing"}')).toBeGreaterThan(0);
});

prove('GRD-1', () => expectApplyRefused('checks: [{ check: regex, config: { pattern: "(" } }]', /pattern is not RE2/));
prove('CFG-1', () => expectApplyRefused('checks: [{ check: no-such-check }]', /no-such-check/));

async function expectApplyRefused(checks: string, says: RegExp): Promise<void> {
  const { files, version } = await reeve.admin.call('fleet.export');
  const bad = { path: 'bad.yaml', text: `kind: Guardrails\nname: bad\n${checks}\n` };
  await expect(reeve.admin.call('fleet.apply', { body: { files: [...files, bad] } })).rejects.toMatchObject({
    code: 'invalid_fleet',
    message: expect.stringMatching(says),
  });
  expect((await reeve.admin.call('fleet.export')).version).toBe(version);
  expect((await chat(caller)).status).toBe(200);
}

prove('BUD-2', async () => {
  const answer = await chat(caller, { model: 'openai/sim-no-usage', stream: true });
  expect(answer.status).toBe(200);
  const action = await reeve.admin.call('actions.get', { params: { action: answer.action ?? '' } });
  expect(action).toMatchObject({ outcome: 'succeeded', usageSource: 'estimated' });
  expect(Number(action.costUsd)).toBeGreaterThan(0);
});

prove('UP-1', async () => {
  const answer = await chat(caller, { model: 'openai/sim-reset' });
  expect([answer.status, codeOf(answer)]).toEqual([502, 'upstream_failed']);
  const action = await reeve.admin.call('actions.get', { params: { action: answer.action ?? '' } });
  expect(action.outcome).toBe('upstream_failed');
  // The request had been sent: the upstream may have worked, and nobody can say.
  expect(Number(action.costUsd)).toBeGreaterThan(0);
  await expectNothingReserved();
});

prove('UP-2', async () => {
  const answer = await chat(caller, { model: 'openai/sim-cut-stream', stream: true, say: 'one two three four five' });
  expect(answer.status).toBe(200);
  expect(answer.body).toContain('upstream_failed');
  expect(answer.body).not.toContain('[DONE]');
  const action = await reeve.admin.call('actions.get', { params: { action: answer.action ?? '' } });
  expect(action.outcome).toBe('upstream_failed');
  expect(Number(action.costUsd)).toBeGreaterThan(0);
  await expectNothingReserved();
});

prove('UP-3', async () => {
  world.shop.onArrival(() => new Promise(() => {}));
  const answer = await callTool(caller, 'shop.hang');
  world.shop.onArrival(() => {});
  expect([answer.status, codeOf(answer)]).toEqual([504, 'upstream_timeout']);
  const action = await reeve.admin.call('actions.get', { params: { action: answer.action ?? '' } });
  expect(action.outcome).toBe('timed_out');
  await expectNothingReserved();
});

async function expectNothingReserved(): Promise<void> {
  const { items } = await reeve.admin.call('budgets.list');
  for (const { reserved } of items) expect(reserved).toBe('0');
}

prove('POL-1', async () => {
  await using damaged = await startWorld();
  const server = await damaged.start();
  const key = await keyOf(server);
  await server.stop();
  const database = new DatabaseSync(join(damaged.data, 'reeve.db'));
  expect(database.prepare('UPDATE registry_content SET body = ?').run('no fleet').changes).toBeGreaterThan(0);
  database.close();
  const next = await damaged.start({ fleet: '' });
  const ready = await fetch(`${next.url}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('no fleet is in force')]);
  for (const answer of [await chat({ url: next.url, key }), await callTool({ url: next.url, key }, 'shop.list')])
    expect(answer.status).toBe(401);
  expect(damaged.arrivals()).toBe(0);
  expect(next.log.join()).toContain('cannot be put in force');
});
