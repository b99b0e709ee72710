import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ReeveClient } from '@reeve/sdk';
import { createLogger, loadConfig, type RunningServer, startServer } from '@reeve/server';

export interface ReeveOptions {
  /** Files of a fleet by path, or a directory. */
  readonly fleet: Readonly<Record<string, string>> | string;
  /** What secrets are read from. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
  /** A data directory that outlives the server; without one, a new one is made and removed. */
  readonly data?: string;
}

export interface Reeve extends AsyncDisposable {
  readonly url: string;
  readonly data: string;
  readonly admin: ReeveClient;
  readonly server: RunningServer;
  /** A new key of this agent. */
  key(agent: string): Promise<string>;
}

/** A real server on a free port, with a fleet in force. Ends with `await using` or by disposing it. */
export async function startReeve(options: ReeveOptions): Promise<Reeve> {
  const root = mkdtempSync(join(tmpdir(), 'reeve-test-'));
  const data = options.data ?? join(root, 'data');
  const fleet = typeof options.fleet === 'string' ? options.fleet : writeFleet(join(root, 'fleet'), options.fleet);
  const environment = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...options.environment };
  const config = loadConfig({ port: '0', data, fleet, 'log-level': 'silent', ...options.flags }, environment);
  const server = await startServer(config, environment, createLogger(config.logLevel));
  const admin = new ReeveClient({ url: server.url, token: readFileSync(join(data, 'admin-token'), 'utf8').trim() });
  return {
    url: server.url,
    data,
    admin,
    server,
    key: async (agent) => (await admin.call('keys.create', { body: { agent } })).key,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function writeFleet(directory: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return directory;
}
