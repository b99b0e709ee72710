import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelProvider, startModelProvider } from '@reeve/testkit';
import { resilienceFleet } from './resilience-fleet.ts';
import { type ServerProcess, type ServerProcessOptions, startProcess, writeFiles } from './server-process.ts';
import { type Shop, startShop } from './shop.ts';

/** Real upstreams that count, directories of its own, and servers on them, one after the other. */
export interface World extends AsyncDisposable {
  readonly root: string;
  readonly data: string;
  readonly fleet: string;
  readonly provider: ModelProvider;
  readonly shop: Shop;
  /** How many requests reached any upstream. */
  arrivals(): number;
  start(more?: Partial<ServerProcessOptions>): Promise<ServerProcess>;
}

interface WorldOptions {
  readonly data?: string;
  readonly fleetOf?: (provider: string, shop: string) => Readonly<Record<string, string>>;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'reeve-resilience-'));
  const [provider, shop] = await Promise.all([startModelProvider({ keep: 0 }), startShop()]);
  const fleet = writeFiles(join(root, 'fleet'), (options.fleetOf ?? resilienceFleet)(provider.url, shop.url));
  const data = options.data ?? join(root, 'data');
  const started: ServerProcess[] = [];
  return {
    root,
    data,
    fleet,
    provider,
    shop,
    arrivals: () => provider.count() + shop.arrived.length,
    start: async (more) => {
      const server = await startProcess({ data, fleet, ...more });
      started.push(server);
      return server;
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of started) await server.kill();
      await Promise.all([provider.close(), shop[Symbol.asyncDispose]()]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer is yes. A bound on waiting, not a measurement. */
export async function until(
  what: string,
  ask: () => boolean | Promise<boolean>,
  withinMs = 20_000,
  pauseMs = 20,
): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
