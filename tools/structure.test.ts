import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// Rules of STYLE.md that neither the linter nor the boundaries can hold. Each has its reason, which is shown when it breaks.

const root = fileURLToPath(new URL('..', import.meta.url));
const tracked = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'], {
  cwd: root,
  encoding: 'utf8',
});
const files = tracked.stdout
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)) && path !== 'tools/structure.test.ts');
const product = files.filter(
  (path) => path.startsWith('packages/') && !path.endsWith('.test.ts') && !path.includes('__fixtures__'),
);
const server = product.filter((path) => path.startsWith('packages/server/src/'));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const breaking = (paths: readonly string[], pattern: RegExp) => paths.filter((path) => pattern.test(read(path)));

interface Rule {
  readonly name: string;
  readonly why: string;
  readonly offenders: () => readonly string[];
}

const RULES: readonly Rule[] = [
  {
    name: 'no module mocks',
    why: 'a mocked module proves nothing about the product: use a real part or a small fake of a port',
    offenders: () => breaking(files, /\b(vi|jest)\.(mock|doMock)\(/),
  },
  {
    name: 'nothing is skipped or focused',
    why: 'a skipped test is a claim without a run',
    offenders: () => breaking(files, /\b(test|it|describe)\.(skip|only|todo|skipIf|runIf)\b/),
  },
  {
    name: 'doors list names',
    why: 'export * hides what a feature offers',
    offenders: () => breaking(files, /^export \* /m),
  },
  {
    name: 'only config reads the environment',
    why: 'a setting that is read elsewhere is documented and validated nowhere',
    offenders: () =>
      breaking(
        server.filter((path) => !/\/(config\/|main\.ts$)/.test(path)),
        /\bprocess\.env\b/,
      ),
  },
  {
    name: 'only main ends the process',
    why: 'whoever exits elsewhere loses what others hold',
    offenders: () =>
      breaking(
        server.filter((path) => !/\/(main\.ts$|storage\/dialects\/sqlite-writer\.ts$)/.test(path)),
        /\bprocess\.exit\(/,
      ),
  },
  {
    name: 'only stores and storage write SQL',
    why: 'a table has one writer, and its SQL is found beside it',
    offenders: () =>
      breaking(
        server.filter((path) => !/\/storage\/|-store\.ts$/.test(path)),
        /[`'"](INSERT INTO|UPDATE \w+ SET|DELETE FROM|SELECT .+ FROM) /,
      ),
  },
  {
    name: 'no any by the back door',
    why: 'a double cast is an any that the linter cannot see; where it cannot be avoided a comment above says why',
    offenders: () =>
      product.filter((path) =>
        read(path)
          .split('\n')
          .some((line, index, lines) => line.includes('as unknown as') && !/\/\//.test(lines[index - 1] ?? '')),
      ),
  },
];

describe('structure', () => {
  test('there is something to look at', () => expect(server.length).toBeGreaterThan(100));
  for (const { name, why, offenders } of RULES) test(name, () => expect(offenders(), why).toEqual([]));
  test('every folder with a door says what it is in one sentence', () => {
    const doors = product.filter((path) => path.endsWith('/index.ts'));
    expect(doors.filter((path) => !/^\/\*\* [A-Z`][^\n]+\. ?\*\/\n/.test(read(path)))).toEqual([]);
  });
});
