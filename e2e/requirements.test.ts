import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REQUIREMENTS, type Requirement } from './requirements.ts';

const root = join(import.meta.dirname, '..');
const rows: [id: string, row: Requirement][] = Object.entries(REQUIREMENTS);

/** How many rows the mission has in each of its parts. */
const PARTS = {
  REG: 6,
  IDN: 7,
  GWY: 6,
  POL: 4,
  RSK: 8,
  FLW: 2,
  APR: 4,
  GRD: 3,
  CST: 3,
  KIL: 1,
  AUD: 4,
  OBS: 4,
  RBK: 6,
  EVL: 2,
  DSC: 1,
  RDY: 2,
  UIX: 2,
  OPS: 3,
};
/** Tests of AARM v1.0, which stand behind the rows of the mission. */
const AARM_TESTS = 21;

it('every row of the mission is here once, and nothing else', () => {
  const expected = Object.entries({ ...PARTS, AARM: AARM_TESTS }).flatMap(([part, count]) =>
    Array.from({ length: count }, (_, i) => `${part}-${i + 1}`),
  );
  expect(rows.map(([id]) => id)).toEqual(expected);
  const source = readFileSync(join(import.meta.dirname, 'requirements.ts'), 'utf8');
  for (const id of expected) expect(source.split(`'${id}':`)).toHaveLength(2);
});

describe.each(rows)('%s', (id, { status, missing, tests, sentence }) => {
  it('claims no more than its tests prove', () => {
    expect(sentence).not.toBe('');
    expect(tests.length > 0).toBe(status !== 'open');
    // Why a test of AARM is not proven is part of what we say about it.
    expect(missing !== undefined).toBe(status === 'partly' || (status === 'open' && id.startsWith('AARM-')));
  });

  it('names tests that exist and run', () => {
    for (const [file, test] of tests) {
      expect([file, existsSync(join(root, file))]).toEqual([file, true]);
      const source = readFileSync(join(root, file), 'utf8');
      const named = [`'${test}'`, `"${test}"`, `\`${test}\``].some((literal) => source.includes(literal));
      expect([file, test, named]).toEqual([file, test, true]);
      expect(file).toMatch(/^(packages|e2e|examples)\/.+\.test\.ts$/);
      expect(source).not.toMatch(/\b(it|test|describe)\.(skip|todo|only)\b/);
    }
  });
});
