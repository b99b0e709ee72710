import type { ReeveClient } from '@reeve/sdk';
import { expect } from 'vitest';
import { type Called, callTool, chat, post } from './calls.ts';
import { until } from './world.ts';

interface Served {
  readonly url: string;
  readonly admin: ReeveClient;
}

/** One call through each front: they must all be refused in the shape of their API. */
async function callFronts(url: string, key: string): Promise<readonly Called[]> {
  const caller = { url, key };
  const messages = [{ role: 'user', content: 'say "hello"' }];
  return [
    await chat(caller),
    await chat(caller, { stream: true }),
    await post(caller, '/anthropic/v1/messages', { model: 'anthropic/claude-x', max_tokens: 16, messages }),
    await post(caller, '/gemini/v1beta/models/gemini%2Fgemini-x:generateContent', {
      contents: [{ role: 'user', parts: [{ text: 'say "hello"' }] }],
    }),
    await callTool(caller, 'shop.list'),
    await callTool(caller, 'shop.order', { item: 'refused' }),
    await callTool(caller, 'shop.order', { item: 'refused' }, 'key-refused'),
  ];
}

/** Nothing goes upstream, every front says `fail_closed`, none says that it was allowed. Answers the refused actions. */
export async function expectAllRefused(served: Served, key: string, arrivals: () => number): Promise<string[]> {
  const before = arrivals();
  const answers = await callFronts(served.url, key);
  for (const { status, body, decision } of answers) {
    expect([status, body]).toEqual([403, expect.stringContaining('fail_closed')]);
    expect(decision).not.toBe('allow');
  }
  expect(arrivals()).toBe(before);
  await expectNotReady(served.url);
  expect(await metric(served.url, 'reeve_events_total{event="failed_closed"}')).toBeGreaterThan(0);
  return answers.flatMap(({ action }) => action ?? []);
}

/** Every front answers again, by itself. */
export async function expectAllServed(served: Served, key: string): Promise<void> {
  await until('the server is ready again', async () => (await fetch(`${served.url}/readyz`)).status === 200);
  for (const { status, body } of await callFronts(served.url, key)) expect([status, body]).toEqual([200, body]);
}

/** What was refused while nothing could be written is not on record, or not as allowed; above all it did not succeed. */
export async function expectNotAllowed(admin: ReeveClient, actions: readonly string[]): Promise<void> {
  const { items } = await admin.call('actions.list', { query: { limit: 500 } });
  for (const item of items.filter(({ id }) => actions.includes(id))) {
    expect(item.outcome).not.toBe('succeeded');
    expect(item.verdict).not.toBe('allow');
  }
}

async function expectNotReady(url: string): Promise<void> {
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('the database cannot be written')]);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
}

export async function metric(url: string, series: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(series));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1));
}

export async function keyOf(served: Served, agent = 'worker'): Promise<string> {
  return (await served.admin.call('keys.create', { body: { agent } })).key;
}

/** The ledger's last words about an action, oldest first. */
export async function eventsOf(admin: ReeveClient, action: string): Promise<Record<string, unknown>[]> {
  const events: Record<string, unknown>[] = [];
  for (let from = 0; ; from += 1_000) {
    const { items } = await admin.call('audit.entries', { query: { from, limit: 1_000 } });
    for (const { entry } of items as { entry: Record<string, unknown> }[])
      if (entry.action === action) events.push(entry);
    if (items.length < 1_000) return events;
  }
}
