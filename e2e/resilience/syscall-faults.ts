import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './world.ts';

const FILL_FILE = 'filler';

/** What a running server's system calls meet while it is attached. */
export interface Injection {
  /** Ends it. Throws where nothing was injected: then nothing was tested. */
  end(): Promise<string>;
  readonly trace: () => string;
}

/** Attaches strace to all threads of a process. `inject` as strace reads it, e.g. `fdatasync:error=EIO:when=1`. */
export async function injectFault(
  pid: number,
  options: {
    readonly inject: string;
    readonly files: readonly string[];
    readonly trace: string;
    readonly also?: string;
  },
): Promise<Injection> {
  needStrace();
  const syscall = options.inject.slice(0, options.inject.indexOf(':'));
  rmSync(options.trace, { force: true });
  const child = spawn('strace', [
    ...['-f', '-o', options.trace, '-p', String(pid)],
    ...options.files.flatMap((file) => ['-P', file]),
    // `trace=none` would silently disable the injection.
    ...['-e', `trace=${syscall}${options.also ?? ''}`, '-e', `inject=${options.inject}`],
  ]);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await until('strace is attached', () => {
    if (child.exitCode !== null)
      throw new Error(`strace cannot attach (needs ptrace, as root or --cap-add SYS_PTRACE): ${said}`);
    return said.includes('attached');
  });
  const trace = () => (existsSync(options.trace) ? readFileSync(options.trace, 'utf8') : '');
  return {
    trace,
    end: async () => {
      child.kill('SIGINT');
      await ended;
      return trace();
    },
  };
}

function needStrace(): void {
  if (spawnSync('strace', ['-V']).status === 0) return;
  if (process.getuid?.() === 0) spawnSync('apt-get', ['install', '-y', '-q', 'strace']);
  if (spawnSync('strace', ['-V']).status !== 0)
    throw new Error('this test needs strace on Linux: apt-get install -y strace');
}

export interface SmallDisk extends Disposable {
  readonly directory: string;
  /** Fills it up to this many free bytes. */
  fill(leaveBytes?: number): void;
  free(): void;
}

/** A file system of its own that can really run out of space. */
export function mountSmallDisk(directory: string, megabytes: number): SmallDisk {
  mkdirSync(directory, { recursive: true });
  const run = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory], { encoding: 'utf8' });
  if (run.status !== 0)
    throw new Error(`this test mounts a tmpfs: run it as root (container: --cap-add SYS_ADMIN). ${run.stderr}`);
  const filler = join(directory, FILL_FILE);
  return {
    directory,
    fill: (leaveBytes = 0) => {
      const { bavail, bsize } = statfsSync(directory);
      appendFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
    },
    free: () => rmSync(filler, { force: true }),
    [Symbol.dispose]: () => {
      spawnSync('umount', ['-l', directory]);
      rmdirSync(directory);
    },
  };
}
