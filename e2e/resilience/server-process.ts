import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ReeveClient } from '@reeve/sdk';

const COMMAND = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
const MAX_LOG_LINES = 5_000;

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly admin: ReeveClient;
  /** Lines of its log, newest last. */
  readonly log: readonly string[];
  readonly running: boolean;
  /** SIGKILL: nothing of it runs afterwards. */
  kill(): Promise<void>;
  /** SIGTERM, and the wait for its end. Answers the exit code. */
  stop(): Promise<number | null>;
}

export interface ServerProcessOptions {
  readonly data: string;
  readonly fleet: string;
  /** A program that runs the server, e.g. strace with its options. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** The server as its own process, started by the command line as an operator does. Rejects with its log where it does not start. */
export async function startProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { data, fleet, under = [], environment = {} } = options;
  const [command = '', ...args] = [
    ...under,
    process.execPath,
    COMMAND,
    'start',
    ...['--fleet', fleet, '--data', data, '--port', '0'],
  ];
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, { env: { PATH, HOME, ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const log: string[] = [];
  const url = await readUrl(child, log, ended);
  const pid = serverPid(child, under.length > 0);
  const signal = async (name: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) process.kill(pid, name);
    return ended;
  };
  return {
    url,
    pid,
    log,
    admin: new ReeveClient({ url, token: readFileSync(join(data, 'admin-token'), 'utf8').trim() }),
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    kill: async () => void (await signal('SIGKILL')),
    stop: () => signal('SIGTERM'),
    [Symbol.asyncDispose]: async () => void (await signal('SIGKILL')),
  };
}

function readUrl(child: ChildProcess, log: string[], ended: Promise<unknown>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('error', reject);
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
    log.push(line);
    if (log.length > MAX_LOG_LINES) log.shift();
    const url = /"url":"(http[^"]+)".*"msg":"ready"/.exec(line)?.[1];
    if (url !== undefined) resolve(url);
  });
  void ended.then(() => reject(new Error(`the server did not start:\n${log.join('\n')}`)));
  return promise;
}

/** A tracer is the parent of the server; signals are for the server. */
function serverPid(child: ChildProcess, isTraced: boolean): number {
  const { pid = 0 } = child;
  if (!isTraced) return pid;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Number(children[0]);
}

/** While it holds, no file may grow beyond this size: writes fail with EFBIG as if a quota were used up. Undefined lifts it. */
export function limitFileSize(pid: number, bytes: number | undefined): void {
  const run = spawnSync('prlimit', [`--pid=${pid}`, `--fsize=${bytes ?? 'unlimited'}:unlimited`], { encoding: 'utf8' });
  if (run.error !== undefined || run.status !== 0) {
    throw new Error(`prlimit (util-linux) is needed to limit a process: ${run.error?.message ?? run.stderr}`);
  }
}

export function writeFiles(directory: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path);
    if (!existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return directory;
}
