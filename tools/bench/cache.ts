import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MAX_OUTPUT = 16 * 1024 * 1024;

/** Where peers are installed: outside the repository, kept from run to run, safe to delete. */
export function cacheDirectory(name: string): string {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const directory = join(base, 'reeve-bench', name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** A peer that cannot be measured here; the table says why. */
export class Unavailable extends Error {}

/** Runs an installer. Throws Unavailable with its last words. */
export function install(
  command: string,
  args: readonly string[],
  options: { cwd: string; timeoutMs: number; env?: Record<string, string> },
): void {
  const run = spawnSync(command, args, {
    cwd: options.cwd,
    timeout: options.timeoutMs,
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT,
    env: { ...process.env, ...options.env },
  });
  if (run.status === 0) return;
  const said = `${run.stdout ?? ''}\n${run.stderr ?? ''}`.trim().split('\n').slice(-2).join(' ').slice(-300);
  throw new Unavailable(`${command} ${args.slice(0, 2).join(' ')} failed: ${run.error?.message ?? said}`);
}
