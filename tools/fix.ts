// `npm run fix`: formats, applies safe fixes, regenerates the reference.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const steps = [
  ['npx', '--no', 'biome', 'check', '--write', '.'],
  ['node', 'tools/reference.ts', '--write'],
];
for (const [command = '', ...args] of steps) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
