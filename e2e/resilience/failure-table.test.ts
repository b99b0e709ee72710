import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURES } from './failure-table.ts';

const SUITES = { '.test.ts': 'npm test', '.fault.ts': 'npm run test:faults' } as const;

test('one row is one test of the command that it names, and the reverse', () => {
  const here = new URL('.', import.meta.url);
  const proven = Object.entries(SUITES).flatMap(([suffix, command]) =>
    readdirSync(here)
      .filter((name) => name.endsWith(suffix))
      .flatMap((name) => [...readFileSync(new URL(name, here), 'utf8').matchAll(/^prove\('([^']+)'/gm)])
      .map(([, id]) => `${id} ${command}`),
  );
  expect(proven.toSorted()).toEqual(FAILURES.map(({ id, command }) => `${id} ${command}`).toSorted());
});

test('no cell is empty, and no id stands twice', () => {
  for (const row of FAILURES) for (const cell of Object.values(row)) expect([row.id, cell]).not.toEqual([row.id, '']);
  expect(new Set(FAILURES.map(({ id }) => id)).size).toBe(FAILURES.length);
});
