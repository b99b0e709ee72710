// `npm run check`: format, lint, types, boundaries, dead code, generated pages. Everything runs; the exit code is 1 if anything failed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { longest } from './longest.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** A tool that found nothing to look at must not count as passed. */
  readonly mustPrint?: RegExp;
}

const STEPS: readonly Step[] = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['node', 'node_modules/typescript-7/bin/tsc', '-p', '.'] },
  {
    name: 'boundaries',
    command: ['depcruise', 'packages', 'e2e', 'examples', 'tools', '--config', '.dependency-cruiser.mjs'],
    mustPrint: /no dependency violations found \([1-9]\d+ modules/,
  },
  { name: 'dead code', command: ['knip', '--no-progress'] },
  { name: 'generated pages', command: ['node', 'tools/reference.ts', '--check'] },
];

const failed: string[] = [];
for (const step of STEPS) {
  const started = performance.now();
  const run = spawnSync('npx', ['--no', ...step.command], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = `${run.stdout}${run.stderr}`;
  const ok = run.status === 0 && (step.mustPrint === undefined || step.mustPrint.test(output));
  process.stdout.write(
    `${ok ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(16)} ${((performance.now() - started) / 1_000).toFixed(1)} s\n`,
  );
  if (!ok) {
    failed.push(step.name);
    process.stdout.write(`${output.trim()}\n\n`);
  }
}
process.stdout.write(longest(root));
if (failed.length > 0) {
  process.stdout.write(`\ncheck failed: ${failed.join(', ')}. \`npm run fix\` formats and regenerates.\n`);
  process.exitCode = 1;
}
