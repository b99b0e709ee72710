import { afterAll, expect, test } from 'vitest';
import { ArgumentChecker } from './argument-checker.ts';

const checker = new ArgumentChecker();
afterAll(() => checker[Symbol.asyncDispose]());

let hashes = 0;
const check = async (schema: object, args: Record<string, unknown>) => checker.check(`h${hashes++}`, schema, args);
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

test.each([
  [object({ a: { type: 'number' } }), { a: 1 }, undefined],
  [object({ a: { type: 'number' } }), { a: 'x' }, 'arguments.a must be of type number'],
  [object({ a: {} }, { required: ['a'] }), {}, 'arguments needs "a"'],
  [object({ a: { enum: ['x', 'y'] } }), { a: 'z' }, 'arguments.a must be one of "x", "y"'],
  [object({}, { additionalProperties: false }), { b: 1 }, 'arguments has "b", which the tool does not take'],
  [object({ a: { items: { type: 'string' } } }), { a: ['x', 2] }, 'arguments.a[1] must be of type string'],
  [object({ a: { type: 'string', pattern: '^x+$' } }), { a: 'xx' }, undefined],
  [object({ a: { type: 'string', pattern: '^x+$' } }), { a: 'y' }, 'arguments.a must match pattern "^x+$"'],
  [object({ a: { format: 'email' } }), { a: 'no' }, 'arguments.a must match format "email"'],
  [
    { $defs: { n: { type: 'number' } }, properties: { a: { $ref: '#/$defs/n' } } },
    { a: 'x' },
    'arguments.a must be of type number',
  ],
  [{ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }, {}, undefined],
  [{ $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [] }, {}, undefined],
])('%j on %j says %s', async (schema, args, said) => {
  expect(await check(schema, args)).toBe(said);
});

test.each([
  ['a pattern that backtracks', object({ a: { pattern: '^(a+)+$' } }), { a: `${'a'.repeat(40)}!` }],
  ['a pattern over keys that backtracks', { patternProperties: { '^(a|a)*$': {} } }, { [`${'a'.repeat(40)}!`]: 1 }],
  ['references that double at each level', doubling(40), { a: { a: 1 } }],
])('%s ends in a refusal, and the next check works', async (_name, schema, args) => {
  await expect(check(schema, args)).rejects.toMatchObject({ code: 'fail_closed' });
  expect(await check(object({ a: { pattern: '^x$' } }), { a: 'x' })).toBeUndefined();
});

test.each([
  ['another document', object({ a: { $ref: 'https://evil.example/schema.json' } })],
  ['a missing definition', object({ a: { $ref: '#/$defs/none' } })],
  ['a type that does not exist', object({ a: { type: 'nonsense' } })],
  ['too deep', nested(40)],
  ['too long a pattern', object({ a: { pattern: 'a'.repeat(2_000) } })],
  ['no valid pattern', object({ a: { pattern: '(' } })],
])('a schema with %s is refused', async (_name, schema) => {
  await expect(check(schema, { a: 1 })).rejects.toMatchObject({ code: 'fail_closed' });
});

test('arguments named like properties of every object are only data', async () => {
  const args = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');
  expect(await check(object({}), args)).toBeUndefined();
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(await check(object({}, { additionalProperties: false }), { toString: 1 })).toContain('toString');
});

function doubling(levels: number): object {
  const defs: Record<string, object> = { [`d${levels}`]: { type: 'number' } };
  for (let i = 0; i < levels; i++)
    defs[`d${i}`] = { anyOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] };
  return { $defs: defs, properties: { a: { $ref: '#/$defs/d0' } } };
}

function nested(levels: number): object {
  let schema: object = {};
  for (let i = 0; i < levels; i++) schema = { properties: { a: schema } };
  return schema;
}
