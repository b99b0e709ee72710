import { expect, test } from 'vitest';
import { editMap, textParts, withEdits } from './text-parts.ts';

const CARD = 4_111_111_111_111_111;
const value = { to: 'x', card: CARD, count: 3, lines: [{ '4111 1111 1111 1111': 'y', to: '' }] };
const texts = () => textParts(value, 'args', 'arguments');

test('names of members and long numbers are texts too, each once and under a path of its own', () => {
  const parts = texts();
  expect(parts.map(({ text }) => text)).toEqual([
    'x',
    String(CARD),
    'y',
    'to',
    'card',
    'count',
    'lines',
    '4111 1111 1111 1111',
  ]);
  expect(new Set(parts.map(({ path }) => path)).size).toBe(parts.length);
  expect(parts.at(-1)?.path).toBe('args<name 4>');
});

test('they can be redacted like strings', () => {
  const edits = texts()
    .filter(({ text }) => text.startsWith('4111') || text === 'y')
    .map(({ path }, i) => ({ path, text: `[${i}]` }));
  expect(withEdits(value, 'args', editMap(edits))).toEqual({
    to: 'x',
    card: '[0]',
    count: 3,
    lines: [{ '[2]': '[1]', to: '' }],
  });
  expect(value.card).toBe(CARD);
});

test('a member cannot pass for the name of another', () => {
  const odd = { '<name 0>': 'a', x: { 'args<name 0>': 'b' } };
  const paths = textParts(odd, 'args', 'arguments').map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
});
