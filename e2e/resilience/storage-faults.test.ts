import { channel } from 'node:diagnostics_channel';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { startReeve } from '@reeve/testkit';
import { expect } from 'vitest';
import { callTool, chat, codeOf } from './calls.ts';
import { prove } from './prove.ts';
import { eventsOf, expectAllRefused, expectAllServed, expectNotAllowed, keyOf, metric } from './refusals.ts';
import { limitFileSize } from './server-process.ts';
import { startWorld, until } from './world.ts';

prove('LED-0', async () => {
  await using world = await startWorld();
  const server = await world.start();
  const key = await keyOf(server);
  limitFileSize(server.pid, 1);
  const refused = await expectAllRefused(server, key, world.arrivals);
  limitFileSize(server.pid, undefined);
  await expectAllServed(server, key);
  await expectNotAllowed(server.admin, refused);

  // In the middle of load: each call either took place and is on record, or was refused.
  const load = Array.from({ length: 60 }, (_, n) =>
    callTool({ url: server.url, key }, 'shop.order', { item: `m${n}` }),
  );
  await load[0];
  limitFileSize(server.pid, 1);
  const answers = await Promise.all(load);
  limitFileSize(server.pid, undefined);
  await expectAllServed(server, key);
  for (const answer of answers.filter(({ status }) => status === 200))
    expect((await eventsOf(server.admin, answer.action ?? '')).map(({ event }) => event)).toEqual([
      'action.intended',
      'action.completed',
    ]);
  for (const answer of answers.filter(({ status }) => status !== 200)) expect(codeOf(answer)).toBe('fail_closed');
});

prove('LED-5', async () => {
  await using world = await startWorld();
  const server = await world.start();
  const key = await keyOf(server);
  world.shop.onArrival(() => server.kill());
  await expect(callTool({ url: server.url, key }, 'shop.order', { item: 'a' }, 'once')).rejects.toThrow();

  world.shop.onArrival(() => {});
  const next = await world.start();
  const { items } = await next.admin.call('actions.list', { query: { outcome: 'interrupted' } });
  expect(items).toHaveLength(1);
  const events = await eventsOf(next.admin, items[0]?.id ?? '');
  expect(events).toMatchObject([{ event: 'action.intended' }, { event: 'action.interrupted', effect: 'unknown' }]);
  expect(next.log.join()).toContain('closed actions that were under way');
  const again = await callTool({ url: next.url, key }, 'shop.order', { item: 'a' }, 'once');
  expect([again.status, codeOf(again)]).toEqual([403, 'outcome_unknown']);
  expect(world.shop.ordersOf('a')).toBe(1);
});

prove('LED-6', async () => {
  await using world = await startWorld();
  const server = await world.start();
  const key = await keyOf(server);
  const caller = { url: server.url, key };
  world.shop.onArrival(() => limitFileSize(server.pid, 1));
  // The second waits for the reply of the first; it must not wait for ever.
  const answers = await Promise.all([1, 2].map(() => callTool(caller, 'shop.order', { item: 'a' }, 'once')));
  for (const answer of answers) {
    expect([answer.status, codeOf(answer)]).toEqual([403, 'fail_closed']);
    expect(answer.body).not.toContain('ord_');
    expect(answer.body).not.toContain('nothing was done');
  }
  expect(world.shop.ordersOf('a')).toBe(1);

  world.shop.onArrival(() => {});
  limitFileSize(server.pid, undefined);
  await until('ready', async () => (await fetch(`${server.url}/readyz`)).status === 200);
  const again = await callTool(caller, 'shop.order', { item: 'a' }, 'once');
  expect([again.status, codeOf(again)]).toEqual([403, 'outcome_unknown']);
  expect(world.shop.ordersOf('a')).toBe(1);
  await server.stop();

  const next = await world.start();
  const { items } = await next.admin.call('actions.list', { query: { outcome: 'interrupted' } });
  expect(items).toHaveLength(1);
  expect((await eventsOf(next.admin, items[0]?.id ?? '')).map(({ event }) => event)).toEqual([
    'action.intended',
    'action.interrupted',
  ]);
});

prove('LED-8', async () => {
  await using world = await startWorld();
  const server = await world.start();
  const key = await keyOf(server);
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'openai/sim-slow-stream',
      stream: true,
      messages: [{ role: 'user', content: 'say "one two three four five six"' }],
    }),
  });
  limitFileSize(server.pid, 1);
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).toContain('fail_closed');
  limitFileSize(server.pid, undefined);
  await expectAllServed(server, key);
});

prove('DB-1', async () => {
  for (const file of ['reeve.db', 'reeve.db-wal']) {
    await using world = await startWorld();
    const server = await world.start();
    const key = await keyOf(server);
    const [place, aside] = [join(world.data, file), join(world.data, 'aside')];
    renameSync(place, aside);
    const refused = await expectAllRefused(server, key, world.arrivals);
    writeFileSync(place, '');
    await expectAllRefused(server, key, world.arrivals);
    renameSync(aside, place);
    await expectAllServed(server, key);
    await expectNotAllowed(server.admin, refused);
  }
});

prove('DB-2', async () => {
  await using world = await startWorld();
  mkdirSync(world.data, { recursive: true });
  writeFileSync(
    join(world.data, 'reeve.db'),
    'this is no database, and long enough to be looked at as one'.repeat(100),
  );
  await expect(world.start()).rejects.toThrow(/cannot be opened: .*not a database/);
});

prove('DB-3', async () => {
  await using world = await startWorld();
  const server = await world.start();
  const key = await keyOf(server);
  const foreign = new DatabaseSync(join(world.data, 'reeve.db'));
  foreign.exec('BEGIN IMMEDIATE');
  const before = world.arrivals();
  const answers = await Promise.all([
    chat({ url: server.url, key }),
    callTool({ url: server.url, key }, 'shop.order', { item: 'a' }),
  ]);
  expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual([
    [403, 'fail_closed'],
    [403, 'fail_closed'],
  ]);
  expect(world.arrivals()).toBe(before);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  foreign.exec('ROLLBACK');
  foreign.close();
  await expectAllServed(server, key);
});

prove('DB-4', async () => {
  await using world = await startWorld();
  const workers: Worker[] = [];
  const hear = (message: unknown) => void workers.push((message as { worker: Worker }).worker);
  channel('worker_threads').subscribe(hear);
  const reeve = await startReeve({ fleet: world.fleet });
  channel('worker_threads').unsubscribe(hear);
  const key = await reeve.key('worker');
  expect((await chat({ url: reeve.url, key })).status).toBe(200);
  await workers[0]?.terminate();
  await expectAllRefused(reeve, key, world.arrivals);
  // What was to be written at the end cannot be: said, not swallowed.
  await expect(reeve[Symbol.asyncDispose]()).rejects.toThrow();
  await expect(fetch(`${reeve.url}/healthz`)).rejects.toThrow();
});

prove('DB-5', async () => {
  await using world = await startWorld();
  const server = await world.start();
  const key = await keyOf(server);
  const [place, aside] = [join(world.data, 'ledger'), join(world.data, 'aside')];
  renameSync(place, aside);
  writeFileSync(place, 'a file in the way');
  expect((await chat({ url: server.url, key })).status).toBe(200);
  await until('the fault is told', async () => (await metric(server.url, 'reeve_events_total{event="fault"}')) > 0);

  rmSync(place);
  renameSync(aside, place);
  await until('all is published', async () => {
    const { entries, published } = await server.admin.call('audit.status');
    return entries > 1 && published === entries;
  });
});
