import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ReeveClient } from '@reeve/sdk';
import { agentName, type FleetOptions, SECRET_ENV, writeFleet } from '../fleet/bench-fleet.ts';
import { GATEWAY_CORE } from '../process/cores.ts';
import { freePort } from '../process/free-port.ts';
import { PinnedProcess } from '../process/pinned-process.ts';
import { untilReady } from '../process/ready.ts';
import { temporaryDirectory } from '../process/temporary.ts';

const CLI = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url));
const READY_MS = 120_000;
const READY_POLL_MS = 4;

/** A real server on a fresh data directory: database, ledger and payloads on disk, as `reeve start` has them. */
export class ReeveServer implements AsyncDisposable {
  readonly port: number;
  readonly process: PinnedProcess;
  /** From the start of the process to the first good answer of /readyz. */
  readonly startToReadyMs: number;
  readonly #directory: string;

  private constructor(port: number, process: PinnedProcess, startToReadyMs: number, directory: string) {
    this.port = port;
    this.process = process;
    this.startToReadyMs = startToReadyMs;
    this.#directory = directory;
  }

  static async start(fleet: FleetOptions, nodeArgs: readonly string[] = []): Promise<ReeveServer> {
    const directory = temporaryDirectory();
    writeFleet(join(directory, 'fleet'), fleet);
    const port = await freePort();
    const startedMs = performance.now();
    const child = new PinnedProcess({
      name: 'reeve',
      command: process.execPath,
      args: [
        ...nodeArgs,
        CLI,
        'start',
        '--fleet',
        join(directory, 'fleet'),
        '--data',
        join(directory, 'data'),
        '--port',
        String(port),
      ],
      core: GATEWAY_CORE,
      cwd: directory,
      env: { [SECRET_ENV]: 'sk-bench', REEVE_LOG_LEVEL: 'warn' },
    });
    try {
      await untilReady(child, `http://127.0.0.1:${port}/readyz`, READY_MS, READY_POLL_MS);
    } catch (error) {
      await child[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
    return new ReeveServer(port, child, performance.now() - startedMs, directory);
  }

  get dataDirectory(): string {
    return join(this.#directory, 'data');
  }

  /** One key for each of the agents with these numbers, as headers. */
  async keys(agents: readonly number[]): Promise<{ authorization: string }[]> {
    const client = this.client();
    const headers: { authorization: string }[] = [];
    for (const number of agents) {
      const { key } = await client.call('keys.create', { body: { agent: agentName(number) } });
      headers.push({ authorization: `Bearer ${key}` });
    }
    return headers;
  }

  client(): ReeveClient {
    const token = readFileSync(join(this.dataDirectory, 'admin-token'), 'utf8').trim();
    return new ReeveClient({ url: `http://127.0.0.1:${this.port}`, token });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
