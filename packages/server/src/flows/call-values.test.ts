import { expect, it } from 'vitest';
import { addressesIn, addressKind, valuesOf } from './call-values.ts';
import { MAX_VALUES } from './limits.ts';

const NOTHING = { schema: undefined, deciding: undefined, destination: undefined };
const roles = (args: Record<string, unknown>, more = {}) =>
  Object.fromEntries(valuesOf({ args, ...NOTHING, ...more }).values.map(({ path, role }) => [path, role]));

it('knows roles by name and shape', () => {
  const args = {
    to: 'bob',
    cc: ['a@example.com'],
    amount: 5,
    body: 'hello',
    file_id: '13',
    date: '2026-01-02',
    password: 'x',
    urgent: true,
  };
  expect(roles(args)).toEqual({
    'args.to': 'destination',
    'args.cc.0': 'destination',
    'args.amount': 'amount',
    'args.body': 'content',
    'args.file_id': 'identifier',
    'args.date': 'detail',
    'args.password': 'secret',
  });
});

it('takes an address for a destination, whatever the argument is called', () => {
  expect(roles({ x: 'eve@collector.example', y: 'https://a.example/x' })).toEqual({
    'args.x': 'destination',
    'args.y': 'destination',
  });
});

it('asks the declaration and the schema first', () => {
  const args = { a: 'bob', b: 'hi', c: 'x' };
  expect(roles(args, { deciding: ['args.a'], destination: 'args.c' })).toEqual({
    'args.a': 'identifier',
    'args.b': 'detail',
    'args.c': 'destination',
  });
  const schema = { properties: { a: { format: 'email' }, c: { enum: ['x', 'y'] } } };
  expect(roles(args, { schema })).toMatchObject({ 'args.a': 'destination', 'args.c': 'detail' });
});

it('takes no number for an address', () => {
  expect(roles({ amount: 150000000, customer_id: 1234567890 })).toEqual({
    'args.amount': 'amount',
    'args.customer_id': 'identifier',
  });
});

it('reads a list that was sent as text', () => {
  expect(roles({ to: "['a@example.com', 'b@example.com']" })).toEqual({
    'args.to.0': 'destination',
    'args.to.1': 'destination',
  });
});

it('says when there was more than it looks at', () => {
  const { values, complete } = valuesOf({ args: { ids: Array.from({ length: MAX_VALUES + 1 }, String) }, ...NOTHING });
  expect(values).toHaveLength(MAX_VALUES);
  expect(complete).toBe(false);
  let deep: unknown = 'x';
  for (let depth = 0; depth < 40; depth += 1) deep = { deep };
  expect(valuesOf({ args: { deep }, ...NOTHING }).complete).toBe(false);
});

it.each([
  ['bob@example.com', 'mail'],
  ['https://example.com/a?b=c', 'url'],
  ['www.example.com', 'url'],
  ['DE44500105175407324931', 'account'],
  ['+49 170 5550123', 'account'],
  ['report.docx', undefined],
  ['os.path', undefined],
  ['config.toml', undefined],
  ['1500000.00', undefined],
  ['15.05.2026', undefined],
  ['20260515', undefined],
  ['2026-05-15 10:00 - 2026-05-15 11:30', undefined],
  ['2026-05-15T10:00:00Z', undefined],
  ['030 5550188', 'account'],
  ['shop.example', 'url'],
  ['2026-01-02', undefined],
  ['Bob', undefined],
])('%s is %s', (value, kind) => {
  expect(addressKind(value)).toBe(kind);
});

it('finds addresses in text, and is not slowed by text made for it', () => {
  expect(addressesIn('Write to bob@example.com, or see www.example.com/x.', 10)).toEqual([
    'bob@example.com',
    'www.example.com/x',
  ]);
  expect(addressesIn(`${'a'.repeat(200_000)} ${'b.'.repeat(100_000)}`, 10)).toEqual([]);
});
