import { type ChildProcess, type Serializable, spawn } from 'node:child_process';
import { canPin } from './cores.ts';

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly core: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Opens a channel for messages. */
  readonly channel?: boolean;
}

const KEPT_OUTPUT = 4_000;
const STOP_MS = 5_000;

const running = new Set<PinnedProcess>();

/** A process (group) on one core. Whatever happens to the bench, it does not outlive it. */
export class PinnedProcess implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | undefined>;
  #output = '';
  #alive = true;

  constructor(options: ProcessOptions) {
    const { command, args } = pinned(options);
    this.name = options.name;
    this.#child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...quietEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', ...(options.channel === true ? (['ipc'] as const) : [])],
      detached: true,
    });
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#ended = new Promise((resolve) => {
      const end = (code?: number | null) => {
        this.#alive = false;
        running.delete(this);
        resolve(code ?? undefined);
      };
      // Not 'exit': what it said last may still be on its way.
      this.#child.once('close', end);
      this.#child.once('error', (error) => {
        this.#output += error.message;
        end();
      });
    });
    running.add(this);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The end of what it wrote. */
  get output(): string {
    return this.#output.trim();
  }

  /** The exit code; undefined where a signal ended it. */
  get ended(): Promise<number | undefined> {
    return this.#ended;
  }

  /** Sends a message and waits for the next one. */
  async ask(message?: Serializable): Promise<unknown> {
    const answer = new Promise((resolve) => this.#child.once('message', resolve));
    if (message !== undefined) this.#child.send(message);
    const first = await Promise.race([answer.then((value) => ({ value })), this.#ended.then(() => undefined)]);
    if (first === undefined) throw new Error(`${this.name} ended: ${this.output}`);
    return first.value;
  }

  /** While others are measured it does nothing at all. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#alive) return;
    this.resume();
    this.#signal('SIGTERM');
    const force = setTimeout(() => this.kill(), STOP_MS);
    await this.#ended;
    clearTimeout(force);
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    if (!this.#alive || this.pid === 0) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It ended a moment ago.
    }
  }
}

/** The last resort: nothing the bench started stays behind. */
export function killAllOnExit(): void {
  process.on('exit', () => {
    for (const child of running) child.kill();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}

function pinned({ command, args, core }: ProcessOptions): { command: string; args: readonly string[] } {
  return canPin() ? { command: 'taskset', args: ['-c', String(core), command, ...args] } : { command, args };
}

/** No proxy settings, no NODE_OPTIONS: the same for every arm. */
function quietEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, LANG: 'C.UTF-8', NODE_NO_WARNINGS: '1' };
}
