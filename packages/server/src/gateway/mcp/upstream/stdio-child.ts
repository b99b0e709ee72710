import { type ChildProcess, spawn } from 'node:child_process';
import { MAX_MESSAGE_BYTES } from '../wire/sse.ts';

export interface StdioChildOptions {
  /** Command and arguments; no shell ever sees them. */
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  readonly onLog: (line: string) => void;
  /** Called once, when it ended for whatever reason. */
  readonly onExit: (reason: string) => void;
}

const KILL_AFTER_MS = 2_000;
const MAX_LOG_LINE = 2_000;
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** A child process in a group of its own that speaks one line per message. */
export class StdioChild implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #ended = false;

  constructor(options: StdioChildOptions) {
    const [command, ...args] = options.argv;
    this.#child = spawn(command ?? '', args, {
      cwd: options.cwd,
      env: options.env,
      detached: process.platform !== 'win32',
      stdio: ['pipe', 'pipe', 'pipe'],
      shell: false,
      windowsHide: true,
    });
    this.#exited = new Promise((resolve) => {
      const end = (reason: string) => {
        if (this.#ended) return;
        this.#ended = true;
        options.onExit(reason);
        resolve();
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (code, signal) => end(`exited with ${signal ?? code}`));
    });
    this.#child.stdin?.on('error', () => {});
    readLines(this.#child.stdout, MAX_MESSAGE_BYTES, options.onLine, () => this.#signal('SIGKILL'));
    readLines(
      this.#child.stderr,
      MAX_MESSAGE_BYTES,
      (line) => options.onLog(line.slice(0, MAX_LOG_LINE)),
      () => {},
    );
  }

  get alive(): boolean {
    return !this.#ended;
  }

  /** False where the child does not read what it is sent. */
  send(message: object): boolean {
    const stdin = this.#child.stdin;
    if (this.#ended || stdin === null || stdin.writableLength > MAX_UNSENT_BYTES) return false;
    stdin.write(`${JSON.stringify(message)}\n`);
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) {
      this.#signal('SIGKILL');
      return;
    }
    this.#child.stdin?.end();
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), KILL_AFTER_MS);
    await this.#exited;
    clearTimeout(timer);
    // Grandchildren may outlive the leader of the group.
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child.pid;
    if (pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#child.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // Already gone.
    }
  }
}

function readLines(
  stream: NodeJS.ReadableStream | null,
  limit: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): void {
  let parts: string[] = [];
  let size = 0;
  stream?.setEncoding('utf8');
  stream?.on('error', () => {});
  stream?.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    for (let i = 0; i < lines.length - 1; i++) {
      const line = parts.join('') + lines[i];
      parts = [];
      size = 0;
      if (line.trim() !== '') onLine(line);
    }
    const rest = lines.at(-1) ?? '';
    parts.push(rest);
    size += rest.length;
    if (size > limit) {
      parts = [];
      size = 0;
      onTooLong();
    }
  });
}
