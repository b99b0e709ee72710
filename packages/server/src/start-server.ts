import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { createApp } from './app.ts';
import type { Config } from './config/index.ts';
import { ReeveError } from './lib/index.ts';
import { readFleetDirectory } from './registry/index.ts';
import type { Logger } from './telemetry/index.ts';

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly dataDirectory: string;
  /** From the start of the process to the first accepted connection. */
  readonly readyMs: number;
}

/** A server on its port with its fleet in force. Tests start it as the command does. */
export async function startServer(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
  log: Logger,
): Promise<RunningServer> {
  refuseRemote(config);
  const app = await createApp({ config, environment, log, version: packageVersion() });
  try {
    if (config.fleet !== '') {
      const applied = await app.fleets.apply(await readFleetDirectory(config.fleet), 'start');
      if (applied.changed)
        app.events.fleetApplied({ workspace: applied.workspace, version: applied.version, by: 'start' });
    }
    await app.http.listen({ host: config.host, port: config.port });
  } catch (error) {
    await app[Symbol.asyncDispose]();
    throw error;
  }
  const address = app.http.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const host = isIP(config.host) === 6 ? `[${config.host}]` : config.host;
  const url = config.publicUrl === '' ? `http://${host}:${port}` : config.publicUrl;
  const readyMs = performance.now();
  app.events.started({ url, readyMs });
  return { url, dataDirectory: config.data, readyMs, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Other machines reach the control API over plain HTTP: that is a decision, not a default. */
function refuseRemote(config: Config): void {
  if (LOOPBACK.has(config.host) || config.allowRemote) return;
  throw new ReeveError(
    'invalid_request',
    `${config.host} can be reached from other machines; put a TLS proxy in front and pass --allow-remote true`,
  );
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
