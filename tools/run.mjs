// `node tools/run.mjs FILE ...ARGS`: sets up, then runs FILE on the pinned Node. npm runs no pre-scripts here (.npmrc ignores
// scripts), and a shell remembers the first `node` it found, so each npm script goes through this file.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const pinned = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };

const child = spawn(existsSync(pinned) ? pinned : process.execPath, process.argv.slice(2), {
  stdio: 'inherit',
  env,
  cwd: root,
});
// A terminal sends Ctrl-C to both; whoever stops this process by its id means the child.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
