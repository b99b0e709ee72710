import { join } from 'node:path';
import type { ActionView } from '@reeve/contracts';
import { verifyLedger } from '@reeve/server';
import { expect } from 'vitest';
import type { Witnessed } from './crash-load.ts';
import { FRUGAL_CAP_USD } from './resilience-fleet.ts';
import type { ServerProcess } from './server-process.ts';
import { until, type World } from './world.ts';

/** The ledger as an auditor reads it, grown by what each crash left. */
export interface Chronicle {
  next: number;
  /** Acknowledged replies that were looked up already; the ledger's proof keeps them. */
  checked: number;
  readonly events: Map<string, string[]>;
  readonly actions: Map<string, ActionView>;
}

const PAGE = 1_000;
const TAIL = 200;

/** Everything that must hold after a restart, whatever the moment of the crash. */
export async function checkAfterCrash(
  world: World,
  server: ServerProcess,
  witnessed: Witnessed,
  chronicle: Chronicle,
): Promise<void> {
  await readLedger(server, chronicle);
  await readActions(server, chronicle);
  expectAcknowledged(witnessed, chronicle);
  expectAllClosed(chronicle);
  await expectOrders(world, server, witnessed, chronicle);
  await expectBudgets(server, witnessed, chronicle);
  await expectVerified(world, server);
}

async function readLedger({ admin }: ServerProcess, chronicle: Chronicle): Promise<void> {
  for (;;) {
    const { items } = await admin.call('audit.entries', { query: { from: chronicle.next, limit: PAGE } });
    for (const { entry } of items as { entry: { event: string; action?: string } }[]) {
      if (entry.action === undefined || !entry.event.startsWith('action.')) continue;
      const events = chronicle.events.get(entry.action) ?? [];
      chronicle.events.set(entry.action, [...events, entry.event]);
    }
    chronicle.next += items.length;
    if (items.length < PAGE) return;
  }
}

/** Newest first, until a whole page was known before the crash. */
async function readActions({ admin }: ServerProcess, chronicle: Chronicle): Promise<void> {
  let cursor: string | null = null;
  do {
    const page: { items: ActionView[]; next: string | null } = await admin.call('actions.list', {
      query: { limit: TAIL, ...(cursor === null ? {} : { cursor }) },
    });
    const known = page.items.filter(({ id, outcome }) => chronicle.actions.get(id)?.outcome === outcome).length;
    for (const item of page.items) chronicle.actions.set(item.id, item);
    cursor = known === page.items.length ? null : page.next;
  } while (cursor !== null);
}

/** What a client was told is on record, as it was told. */
function expectAcknowledged({ acknowledged }: Witnessed, chronicle: Chronicle): void {
  const { events, actions, checked } = chronicle;
  chronicle.checked = acknowledged.length;
  for (const { action = '', status, body } of acknowledged.slice(checked)) {
    const recorded = events.get(action) ?? [];
    const isReplay = status === 200 && recorded[0] === 'action.refused';
    const expected = status === 200 && !isReplay ? ['action.intended', 'action.completed'] : ['action.refused'];
    expect([action, status, body.slice(0, 200), recorded]).toEqual([action, status, body.slice(0, 200), expected]);
    expect(actions.get(action)?.outcome).toBeTypeOf('string');
    if (status === 200) expect(actions.get(action)?.outcome).toBe('succeeded');
  }
}

/** Nothing is left under way, and nothing ended twice. */
function expectAllClosed({ events, actions }: Chronicle): void {
  for (const [action, recorded] of events)
    expect([action, recorded.join(' ')]).toEqual([
      action,
      expect.stringMatching(/^(action\.intended action\.(completed|interrupted)|action\.refused)$/),
    ]);
  for (const [id, recorded] of events)
    expect([id, actions.get(id)?.outcome]).toEqual([
      id,
      recorded.at(-1) === 'action.interrupted' ? 'interrupted' : expect.stringMatching(/^(?!interrupted)/),
    ]);
}

/** No side effect without a durable intent; none twice for one key. */
async function expectOrders(
  { shop }: World,
  { admin }: ServerProcess,
  witnessed: Witnessed,
  chronicle: Chronicle,
): Promise<void> {
  const arrived = new Map<string, number>();
  for (const { method, item = '' } of shop.arrived)
    if (method === 'POST') arrived.set(item, (arrived.get(item) ?? 0) + 1);
  const settled = new Set<string>();
  const open: string[] = [];
  for (const { id, target, outcome, sideEffect } of chronicle.actions.values()) {
    if (target !== 'shop.order' || chronicle.events.get(id)?.[0] !== 'action.intended') continue;
    if (outcome === 'succeeded' && sideEffect !== null) settled.add(sideEffect);
    else open.push(id);
  }
  const unclaimed = shop.arrived.flatMap(({ method, item = '' }, index) =>
    method === 'POST' && !settled.has(`ord_${index + 1}`) ? [item] : [],
  );
  const intended = new Set<string>();
  for (const action of unclaimed.length === 0 ? [] : open) {
    const { request } = await admin.call('actions.get', { params: { action }, query: { payloads: 'true' } });
    intended.add((JSON.parse(request ?? '{}') as { args?: { item?: string } }).args?.item ?? '');
  }
  for (const item of unclaimed) expect([item, intended.has(item)]).toEqual([item, true]);
  for (const [item, count] of arrived) expect([item, count]).toEqual([item, 1]);
  for (const item of witnessed.placed) expect([item, arrived.get(item)]).toEqual([item, 1]);
}

async function expectBudgets({ admin }: ServerProcess, witnessed: Witnessed, { actions }: Chronicle): Promise<void> {
  const { items } = await admin.call('budgets.list');
  for (const agent of ['worker', 'frugal']) {
    const budget = items.find(({ scope, measure }) => scope === `agent ${agent}` && measure === 'usd');
    const acknowledged = witnessed.acknowledged
      .flatMap(({ action = '' }) => actions.get(action) ?? [])
      .filter((action) => action.agent === agent)
      .reduce((sum, { costUsd }) => sum + Math.round(Number(costUsd) * 1e9), 0);
    const spent = Math.round(Number(budget?.spent) * 1e9);
    expect(budget?.reserved).toBe('0');
    expect(budget?.overrun).toBe('0');
    expect(spent).toBeGreaterThanOrEqual(acknowledged);
    if (agent === 'frugal') expect(spent).toBeLessThanOrEqual(FRUGAL_CAP_USD * 1e9);
  }
}

async function expectVerified(world: World, { admin }: ServerProcess): Promise<void> {
  await until('everything is published', async () => {
    const { entries, published } = await admin.call('audit.status');
    return entries === published;
  });
  const verified = verifyLedger(join(world.data, 'ledger'));
  expect(verified.ok ? '' : `${verified.path}: ${verified.why}`).toBe('');
}
