import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CANDIDATES = ['python3.13', 'python3.12', 'python3.11', 'python3'];
const OLDEST = [3, 10] as const;
const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];

/** The Python of an environment that has exactly these requirements; made once and kept outside the repository. */
export function pythonWith(requirements: string): string {
  const base = basePython();
  const key = createHash('sha256').update(base.version).update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const directory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'reeve', `python-${key}`);
  const python = join(directory, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const stamp = join(directory, 'complete');
  if (existsSync(stamp)) return python;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  console.log(`installing ${requirements} into ${directory}`);
  run(base.command, ['-m', 'venv', directory]);
  run(python, [...PIP, '-r', requirements]);
  writeFileSync(stamp, '');
  return python;
}

function basePython(): { command: string; version: string } {
  for (const command of CANDIDATES) {
    const version = spawnSync(command, ['-c', 'import platform; print(platform.python_version())'], {
      encoding: 'utf8',
    });
    if (version.status !== 0) continue;
    const [major = 0, minor = 0] = version.stdout.split('.').map(Number);
    if (major === OLDEST[0] && minor >= OLDEST[1]) return { command, version: version.stdout.trim() };
  }
  throw new Error(`no Python ${OLDEST.join('.')} or newer; install one, then run this again`);
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`);
}
