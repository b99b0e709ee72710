import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NamePatterns } from './name-patterns.ts';

const rows: [patterns: string[], name: string, matches: boolean][] = [
  [[], 'stripe.refund', false],
  [['*'], 'stripe.refund', true],
  [['stripe.*'], 'stripe.refund', true],
  [['stripe.*'], 'stripes.refund', false],
  [['stripe.*'], 'stripe', false],
  [['stripe.list_*'], 'stripe.list_charges', true],
  [['stripe.list_*'], 'stripe.refund', false],
  [['stripe.refund'], 'stripe.refund_all', false],
  [['stripe.refund'], 'STRIPE.refund', false],
  [['openai/*', 'small'], 'openai/gpt-5', true],
  [['__proto__.x'], 'constructor', false],
];
test.each(rows)('%j and %s', (patterns, name, matches) => {
  expect(new NamePatterns(patterns).matches(name)).toBe(matches);
});

test('the same as comparing each pattern', () => {
  const word = fc.stringMatching(/^[ab]{0,3}\.[ab]{0,3}$/);
  const pattern = fc.oneof(
    word,
    word.map((text) => `${text}*`),
  );
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 5 }), word, (patterns, name) => {
      const expected = patterns.some((each) =>
        each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each,
      );
      expect(new NamePatterns(patterns).matches(name)).toBe(expected);
    }),
  );
});
