import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { callTool, chat } from './calls.ts';
import { type Chronicle, checkAfterCrash } from './crash-check.ts';
import { crashLoad, type Witnessed } from './crash-load.ts';
import { randomFrom } from './random.ts';
import { keyOf } from './refusals.ts';
import { startWorld, until } from './world.ts';

const CLIENTS = 12;
const MAX_REPLIES = 150;
/** So that deaths fall anywhere in a call, not only where a reply has just ended. */
const MAX_PAUSE_MS = 15;

export interface CrashReport {
  readonly acknowledged: number;
  readonly orders: number;
  readonly interrupted: number;
}

/** One server's data directory through many deaths: load, SIGKILL at a random moment, restart, check, again. */
export async function crashRounds(rounds: number, seed: number): Promise<CrashReport> {
  const random = randomFrom(seed);
  const chronicle: Chronicle = { next: 0, checked: 0, events: new Map(), actions: new Map() };
  const witnessed: Witnessed = { acknowledged: [], orders: [], placed: new Set() };
  await using world = await startWorld();
  let server = await world.start();
  const [workerKey, frugalKey] = [await keyOf(server), await keyOf(server, 'frugal')];
  for (let round = 0; round < rounds; round++) {
    const over = new AbortController();
    const { url } = server;
    const load = crashLoad({ url, workerKey, frugalKey, random, clients: CLIENTS, witnessed, signal: over.signal });
    const replies = witnessed.acknowledged.length + 1 + Math.floor(random() * MAX_REPLIES);
    await until('enough was acknowledged', () => witnessed.acknowledged.length >= replies, 20_000, 2);
    await delay(random() * MAX_PAUSE_MS);
    await server.kill();
    over.abort();
    await load;
    server = await world.start();
    await checkAfterCrash(world, server, witnessed, chronicle);
    expect((await chat({ url: server.url, key: workerKey })).status).toBe(200);
    expect((await callTool({ url: server.url, key: workerKey }, 'shop.list')).status).toBe(200);
  }
  expect(await server.stop()).toBe(0);
  const interrupted = [...chronicle.actions.values()].filter(({ outcome }) => outcome === 'interrupted').length;
  return { acknowledged: witnessed.acknowledged.length, orders: witnessed.placed.size, interrupted };
}
