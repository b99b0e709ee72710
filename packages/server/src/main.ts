import { loadConfig } from './config/index.ts';
import { ReeveError } from './lib/index.ts';
import { type RunningServer, startServer } from './start-server.ts';
import { createLogger } from './telemetry/index.ts';

const FORCE_EXIT_MS = 15_000;

/** The process: load the configuration, start, hear signals, exit. */
export async function serve(flags: Readonly<Record<string, string>>): Promise<RunningServer> {
  const config = loadConfig(flags, process.env);
  const server = await startServer(config, process.env, createLogger(config.logLevel)).catch((error: unknown) => {
    const detail =
      error instanceof ReeveError && error.detail !== undefined ? `\n  ${JSON.stringify(error.detail)}` : '';
    process.stderr.write(`reeve: ${(error as Error).message}${detail}\n`);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(server));
  return server;
}

async function stop(server: RunningServer): Promise<void> {
  setTimeout(() => process.exit(1), FORCE_EXIT_MS).unref();
  await server[Symbol.asyncDispose]();
  process.exit(0);
}
