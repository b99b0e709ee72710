import { expect, it } from 'vitest';
import { WordFilter } from './word-filter.ts';

it('never denies a word that is there, and denies most that are not', () => {
  const words = Array.from({ length: 2_000 }, (_, index) => `w${index * 7}x`);
  const filter = new WordFilter(words.join(' - '));
  expect(words.filter((word) => !filter.mayHold(word))).toEqual([]);
  const others = Array.from({ length: 1_000 }, (_, index) => `other${index}`);
  expect(others.filter((word) => filter.mayHold(word)).length).toBeLessThan(400);
});

it('looks at the first word of what is searched, and passes what has none', () => {
  const filter = new WordFilter('write to bob@example.com.');
  expect(filter.mayHold('bob@example.com')).toBe(true);
  expect(filter.mayHold('eve@example.com')).toBe(false);
  expect(filter.mayHold('@@')).toBe(true);
});
