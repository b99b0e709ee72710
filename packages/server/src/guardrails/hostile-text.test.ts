import { expect, test } from 'vitest';
import { CHECKS } from './checks.ts';
import { ContentChecker } from './content-checker.ts';

const CONFIGS: Record<string, Record<string, unknown>> = {
  phone: { country: 'US' },
  'url-allow-list': { allow: [] },
  'banned-words': { words: ['a a', 'aa aaa'] },
  regex: { pattern: '(a+)+b' },
  'max-length': { chars: 1_000_000 },
};
/** Text that makes a backtracking pattern try everything. Quadratic cost at this size would outlast the test's own time limit. */
const CHARS = 100_000;
const SEEDS = [
  'a',
  '1',
  '1 ',
  'a@',
  'a.',
  ':',
  '+1 ',
  'rm -',
  'ignore ',
  '](//a',
  'https://a:',
  'drop ',
  '-----BEGIN ',
  'A1',
  "'",
  '\\u00',
  '\u200b',
  'é\u0301',
];

for (const check of CHECKS) {
  test(`${check.name} reads ${CHARS} hostile characters`, async () => {
    const compiled = await check.compile(CONFIGS[check.name] ?? {});
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    const entries = compiled.scanners.map((scanner) => ({
      guardrails: 'g',
      check: check.name,
      action: 'deny' as const,
      scanner,
      maxChars: check.maxChars,
    }));
    const checker = new ContentChecker(entries);
    for (const seed of SEEDS) {
      const text = seed.repeat(Math.ceil(CHARS / seed.length));
      expect(checker.inspect([{ path: 'p', role: 'arguments', text }]).edits).toEqual([]);
    }
  });
}
