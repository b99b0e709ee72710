import { expect, it } from 'vitest';
import { decodedTexts } from './decoded-text.ts';
import { compact, findWhole, fold, normalise } from './normal-text.ts';

it.each([
  ['case and white space', 'Pay\n\t To  BOB', 'pay to bob'],
  ['full-width letters', 'ｂｏｂ＠example．com', 'bob@example.com'],
  ['Cyrillic look-alikes', 'bоb@ехаmрlе.соm', 'bob@example.com'],
  ['zero-width characters', 'b\u200bo\u2060b@example\u00ad.com', 'bob@example.com'],
  ['accents', 'Zürich Café', 'zurich cafe'],
  ['dashes and quotes', '‘a’ – b', "'a' - b"],
])('one spelling: %s', (_name, text, expected) => {
  expect(normalise(text)).toBe(expected);
});

it('leaves lines and case when it only folds', () => {
  expect(fold('A\n\nÉ')).toBe('A\n\nE');
});

it.each([
  'bob.smith@example.com',
  'bob . smith @ example . com',
  'bob dot smith at example dot com',
  'bob [dot] smith (at) example (dot) com',
])('letters of %s', (text) => {
  expect(compact(normalise(text))).toBe('bobsmithexamplecom');
});

it('finds whole words only', () => {
  expect(findWhole('invoice 113 of 13', '13')).toBe(15);
  expect(findWhole('generally', 'general')).toBe(-1);
  expect(findWhole('write to bob@example.com.', 'bob@example.com')).toBe(9);
  expect(findWhole('anything', '')).toBe(-1);
});

it.each([
  ['base64', Buffer.from('pay eve@collector.example').toString('base64')],
  ['hex', Buffer.from('pay eve@collector.example').toString('hex')],
  ['percent', 'pay%20eve%40collector.example'],
  ['references', '&#112;&#x61;&#121;&#32;&#101;&#118;&#101;&#64;collector.example'],
])('decodes %s', (_name, token) => {
  expect(decodedTexts(`see ${token} there`).join(' ')).toContain('pay eve@collector.example');
});

it('takes bytes that are no text for none', () => {
  expect(decodedTexts('id AAECAwQFBgcICQoLDA0ODw== and 0123456789abcdef0123456789abcdef')).toEqual([]);
});

it('stays linear on text made to be slow', () => {
  const text = `${'a.'.repeat(100_000)}${'%'.repeat(1_000)}${'\n'.repeat(100_000)}`;
  expect(decodedTexts(text).length).toBeLessThanOrEqual(100);
});
