import { expect, test } from 'vitest';
import { canonicalAddress } from './canonical-address.ts';

test.each([
  ['Maya@Example.COM'],
  [' maya@example.com '],
  ['ｍａｙａ@example．com'],
  ['ma\u200bya@example.com'],
  ['may\u00ada@exam\u2060ple.com'],
  ['\u202emaya@example.com'],
])('%j is maya', (spelling) => {
  expect(canonicalAddress(spelling)).toBe('maya@example.com');
});

test('letters outside ASCII are one person however they are composed, and other people than those without', () => {
  expect(canonicalAddress('ren\u00e9@example.com')).toBe(canonicalAddress('Rene\u0301@example.com'));
  expect(canonicalAddress('\u212aim@example.com')).toBe('kim@example.com');
  expect(canonicalAddress('ren\u00e9@example.com')).not.toBe('rene@example.com');
});
