import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyLedger } from '@reeve/server';
import { expect } from 'vitest';
import { type Called, callTool, chat, codeOf } from './calls.ts';
import { prove } from './prove.ts';
import { eventsOf, expectAllRefused, expectAllServed, expectNotAllowed, keyOf } from './refusals.ts';
import type { ServerProcess } from './server-process.ts';
import { injectFault, mountSmallDisk } from './syscall-faults.ts';
import { startWorld, until, type World } from './world.ts';

const MAX_NTH = 6;
const MAX_CALLS_UNTIL_FULL = 2_000;

prove('LED-1', async () => {
  using disk = mountSmallDisk(mkdtempSync(join(tmpdir(), 'reeve-disk-')), 12);
  await using world = await startWorld({ data: join(disk.directory, 'data') });
  const server = await world.start();
  const key = await keyOf(server);
  const caller = { url: server.url, key };

  // Full before the call.
  disk.fill();
  let calls = 0;
  while ((await chat(caller)).status === 200) expect(++calls).toBeLessThan(MAX_CALLS_UNTIL_FULL);
  disk.fill();
  const refused = await expectAllRefused(server, key, world.arrivals);
  disk.free();
  await expectAllServed(server, key);
  await expectNotAllowed(server.admin, refused);

  // Becoming full in the middle of load.
  disk.fill(768 * 1024);
  const answers: Called[] = [];
  const client = async (name: number) => {
    for (let n = 0; n < 25; n++) answers.push(await callTool(caller, 'shop.order', { item: `${name}-${n}` }));
  };
  await Promise.all(Array.from({ length: 16 }, (_, name) => client(name)));
  const good = answers.filter(({ status }) => status === 200);
  expect(good.length).toBeGreaterThan(0);
  expect(good.length).toBeLessThan(answers.length);
  for (const answer of answers.filter(({ status }) => status !== 200)) expect(codeOf(answer)).toBe('fail_closed');
  disk.free();
  await expectAllServed(server, key);
  await expectAcknowledgedStored(
    server,
    good.map(({ action = '' }) => action),
  );
  await server.kill();
  const next = await world.start();
  await expectNoOrderWithoutIntent(world, next);
  await expectVerified(world, next);
});

prove('LED-2', async () => {
  await using world = await startWorld();
  const server = await world.start();
  const key = await keyOf(server);
  for (const error of ['EIO', 'EROFS']) {
    const fault = await injectFault(server.pid, on(world, `pwrite64:error=${error}`));
    await expectAllRefused(server, key, world.arrivals);
    expect(await fault.end()).toContain('(INJECTED)');
    await expectAllServed(server, key);
  }
  await failNth(world, server, key, ['pwrite64:error=EIO', 'pwrite64:error=ENOSPC']);
});

prove('LED-3', async () => {
  await using world = await startWorld();
  const server = await world.start();
  const key = await keyOf(server);
  const fault = await injectFault(server.pid, { ...on(world, 'fsync,fdatasync:error=EIO'), also: ',openat' });
  const answer = await callTool({ url: server.url, key }, 'shop.order', { item: 'unsynced' });
  expect([answer.status, codeOf(answer)]).toEqual([403, 'fail_closed']);
  expect(world.shop.ordersOf('unsynced')).toBe(0);
  const trace = await fault.end();
  // The handle that met the error is dead: the next thing is a new one, never the same sync once more.
  const after = trace.slice(trace.indexOf('(INJECTED)'));
  expect(after).toContain('(INJECTED)');
  expect(after.indexOf('openat(')).toBeGreaterThan(0);
  expect(after.slice(0, after.indexOf('openat('))).not.toMatch(/f(data)?sync\(/);
  await expectAllServed(server, key);
  await failNth(world, server, key, ['fsync,fdatasync:error=EIO']);
});

prove('LED-4', async () => {
  await using world = await startWorld();
  const server = await world.start();
  const key = await keyOf(server);
  const fault = await injectFault(server.pid, on(world, 'fsync,fdatasync:delay_enter=15000000:when=1'));
  const answer = await callTool({ url: server.url, key }, 'shop.order', { item: 'hung' }, 'hung');
  expect([answer.status, codeOf(answer)]).toEqual([403, 'fail_closed']);
  expect(world.shop.ordersOf('hung')).toBe(0);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  await expectAllServed(server, key);
  expect(await fault.end()).toContain('(DELAYED)');
  await server.stop();
  const next = await world.start();
  await expectNotAllowed(next.admin, []);
  const { items } = await next.admin.call('actions.list', { query: { limit: 500 } });
  for (const item of items) expect(item.outcome).not.toBeNull();
  const again = await callTool({ url: next.url, key }, 'shop.order', { item: 'hung' }, 'hung');
  expect(again.status === 200 ? 1 : 0).toBe(world.shop.ordersOf('hung'));
});

/** Fails the first, second, third ... call of each kind, with an order under way each time. */
async function failNth(world: World, server: ServerProcess, key: string, kinds: readonly string[]): Promise<void> {
  const acknowledged: string[] = [];
  let injected = 0;
  for (const kind of kinds)
    for (let nth = 1; nth <= MAX_NTH; nth++) {
      const item = `${kind}-${nth}`.replaceAll(/[^a-z0-9-]/gi, '-');
      const fault = await injectFault(server.pid, on(world, `${kind}:when=${nth}`));
      const answers = await Promise.all(
        [1, 2].map((n) => callTool({ url: server.url, key }, 'shop.order', { item: `${item}-${n}` }, `${item}-${n}`)),
      );
      if ((await fault.end()).includes('(INJECTED)')) injected++;
      for (const answer of answers) {
        if (answer.status === 200) acknowledged.push(answer.action ?? '');
        else expect(codeOf(answer)).toBe('fail_closed');
      }
    }
  expect(injected).toBeGreaterThan(kinds.length);
  await expectAllServed(server, key);
  await expectAcknowledgedStored(server, acknowledged);
  await server.kill();
  const next = await world.start();
  await expectNoOrderWithoutIntent(world, next);
  await expectVerified(world, next);
}

function on(world: World, inject: string) {
  const files = ['reeve.db', 'reeve.db-wal'].map((file) => join(world.data, file));
  return { inject, files, trace: join(world.root, 'trace.txt') };
}

async function expectAcknowledgedStored({ admin }: ServerProcess, actions: readonly string[]): Promise<void> {
  for (const action of actions)
    expect((await eventsOf(admin, action)).map(({ event }) => event)).toEqual(['action.intended', 'action.completed']);
}

async function expectNoOrderWithoutIntent({ shop }: World, { admin }: ServerProcess): Promise<void> {
  const intended = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: { items: { id: string; target: string | null; intentEntry: number | null }[]; next: string | null } =
      await admin.call('actions.list', { query: { limit: 200, ...(cursor === null ? {} : { cursor }) } });
    for (const { id, target } of page.items.filter(({ target }) => target === 'shop.order')) {
      const { request } = await admin.call('actions.get', { params: { action: id }, query: { payloads: 'true' } });
      if (request !== null && target !== null)
        intended.add((JSON.parse(request) as { args: { item: string } }).args.item);
    }
    cursor = page.next;
  } while (cursor !== null);
  for (const { method, item = '' } of shop.arrived)
    if (method === 'POST') expect([item, intended.has(item)]).toEqual([item, true]);
}

async function expectVerified(world: World, { admin }: ServerProcess): Promise<void> {
  await until('everything is published', async () => {
    const { entries, published } = await admin.call('audit.status');
    return entries === published;
  });
  const verified = verifyLedger(join(world.data, 'ledger'));
  expect(verified.ok ? '' : `${verified.path}: ${verified.why}`).toBe('');
}
