import { expect, it } from 'vitest';
import { MAX_RECORDS } from './limits.ts';
import { readLiteral } from './literal.ts';
import { recordsOf } from './records.ts';

it('cuts a list into its items, whoever wrote them', () => {
  expect(recordsOf('[{"from":"a","body":"x"},{"from":"b","body":"y"}]')).toEqual([
    'from: a\nbody: x',
    'from: b\nbody: y',
  ]);
  expect(recordsOf('{"items":[{"id":1},{"id":2}],"next":null}')).toEqual(['id: 1', 'id: 2', 'next: ']);
  expect(recordsOf('- id: 1\n  body: x\n- id: 2\n  body: y')).toEqual(['- id: 1\n  body: x', '- id: 2\n  body: y']);
});

it('cuts a map of names, and keeps the fields of one record together', () => {
  expect(recordsOf("{'City Hotel': 'Good', 'Park Inn': 'Bad'}")).toEqual(['City Hotel: Good', 'Park Inn: Bad']);
  expect(recordsOf('{"from":"a","body":"x"}')).toEqual(['from: a\nbody: x']);
});

it('keeps plain text whole, also where it begins like a list later on', () => {
  expect(recordsOf('Buy:\n- milk\n- eggs')).toEqual(['Buy:\n- milk\n- eggs']);
  expect(recordsOf('{not a record')).toEqual(['{not a record']);
});

it('reads what Python prints', () => {
  expect(readLiteral("{'a': None, 'b': [True, 1.5], 'c': 'it\\'s', 'd': datetime(2026, 1, 2)}")).toEqual({
    a: null,
    b: [true, 1.5],
    c: "it's",
    d: 'datetime(2026, 1, 2)',
  });
});

it.each(["{'a': ", "{'a' 1}", "['x'", "{'a': 'b'} and more", `${'['.repeat(50)}'x'${']'.repeat(50)}`])(
  'takes %s for text',
  (text) => {
    expect(readLiteral(text)).toBeUndefined();
  },
);

it('keeps what lies beyond the limit in one last piece', () => {
  const pieces = recordsOf(JSON.stringify(Array.from({ length: MAX_RECORDS + 50 }, (_, index) => ({ index }))));
  expect(pieces).toHaveLength(MAX_RECORDS);
  expect(pieces.at(-1)).toContain(`index: ${MAX_RECORDS + 49}`);
});
