import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStrictJson } from './strict-json.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

function complaint(bytes: Uint8Array, limits = {}): string | undefined {
  try {
    parseStrictJson(bytes, limits);
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_request', status: 400 });
    return (error as Error).message.replace('the body is not acceptable JSON: ', '');
  }
}

test.each([
  '{}',
  '[]',
  ' [ ] ',
  '\t{"a":\n1}\r\n',
  '""',
  '0',
  '-0',
  '-1.5e+10',
  '1E308',
  '9007199254740991',
  '-9007199254740991',
  '0.1234567890123456789',
  'true',
  'false',
  'null',
  '[null,true,false,"x",{},[]]',
  '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
  '{"":1,"a":2}',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041"',
  '"\\ud83d\\ude00"',
  '"\\uD83D\\uDE00 😀 \u2028\u007f"',
  '"\\u0000"',
  '{"__proto":1,"constructor":2,"prototype":3}',
  nested(64),
])('takes %s as JSON.parse does', (text) => {
  expect(parseStrictJson(bytesOf(text))).toEqual(JSON.parse(text));
});

test.each([
  ['', 'a value is missing (line 1, column 1)'],
  [' ', 'a value is missing (line 1, column 2)'],
  ['\ufeff{}', 'a value is missing (line 1, column 1)'],
  ['{"a":1,\n "b":}', 'a value is missing (line 2, column 6)'],
  ['[1,]', 'a value is missing (line 1, column 4)'],
  ['[,1]', 'a value is missing (line 1, column 2)'],
  ['[1 2]', '"," or "]" is missing (line 1, column 4)'],
  ['{"a":1 "b":2}', '"," or "}" is missing (line 1, column 8)'],
  ['{"a":1,}', 'a key in double quotes is missing (line 1, column 8)'],
  ['{a:1}', 'a key in double quotes is missing (line 1, column 2)'],
  ["{'a':1}", 'a key in double quotes is missing (line 1, column 2)'],
  ['{"a" 1}', '":" is missing (line 1, column 6)'],
  ['[1}', '"," or "]" is missing (line 1, column 3)'],
  ['{"a":1]', '"," or "}" is missing (line 1, column 7)'],
  ['[', 'a value is missing (line 1, column 2)'],
  ['{', 'a key in double quotes is missing (line 1, column 2)'],
  ['{} {}', 'there is something after the value (line 1, column 4)'],
  ['{}\0', 'there is something after the value (line 1, column 3)'],
  ['"abc', 'a string has no end (line 1, column 1)'],
  ['"abc\\', 'an escape is not one of JSON (line 1, column 5)'],
  ['"a\nb"', 'a control character in a string must be escaped (line 1, column 3)'],
  ['"\\x41"', 'an escape is not one of JSON (line 1, column 2)'],
  ['"\\u12g4"', '\\u needs four hexadecimal digits (line 1, column 2)'],
  ['"\\ud800"', 'a surrogate stands alone (line 1, column 2)'],
  ['"\\udc00\\ud800"', 'a surrogate stands alone (line 1, column 2)'],
  ['{"\\ud800":1}', 'a surrogate stands alone (line 1, column 3)'],
  ['01', 'a number is malformed (line 1, column 1)'],
  ['-', 'a number is malformed (line 1, column 1)'],
  ['1.', 'a number is malformed (line 1, column 1)'],
  ['.5', 'a value is missing (line 1, column 1)'],
  ['+1', 'a value is missing (line 1, column 1)'],
  ['1e', 'a number is malformed (line 1, column 1)'],
  ['NaN', 'a value is missing (line 1, column 1)'],
  ['Infinity', 'a value is missing (line 1, column 1)'],
  ['tru', 'a value is missing (line 1, column 1)'],
  ['nullx', 'there is something after the value (line 1, column 5)'],
  ['// x\n1', 'a value is missing (line 1, column 1)'],
  ['9007199254740993', 'an integer is beyond ±9007199254740991; send it as a string (line 1, column 1)'],
  ['1e400', 'a number is too large (line 1, column 1)'],
  ['1e-400', 'a number is too small (line 1, column 1)'],
  [`0.${'1'.repeat(40)}`, 'a number is longer than 40 characters (line 1, column 1)'],
  ['{"a":1,"a":2}', 'the key "a" is there twice (line 1, column 8)'],
  ['{"a":1,"\\u0061":2}', 'the key "a" is there twice (line 1, column 8)'],
  ['[{"x":{"b":1,"c":{"b":1},"b":2}}]', 'the key "b" is there twice (line 1, column 26)'],
  ['{"__proto__":{"admin":true}}', 'the key __proto__ is not accepted (line 1, column 2)'],
  ['[{"\\u005f_proto__":1}]', 'the key __proto__ is not accepted (line 1, column 3)'],
  [nested(65), 'it is nested deeper than 64 levels (line 1, column 65)'],
])('refuses %j and says where', (text, message) => {
  expect(complaint(bytesOf(text))).toBe(message);
});

test.each([
  [[0x22, 0xff, 0x22], 'it is not valid UTF-8'],
  [[0x22, 0xc0, 0xaf, 0x22], 'it is not valid UTF-8'],
  [[0x22, 0xed, 0xa0, 0x80, 0x22], 'it is not valid UTF-8'],
  [[0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 'it is not valid UTF-8'],
  [[0x5b, 0x31, 0x5d, 0xe2, 0x82], 'it is not valid UTF-8'],
  [[0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00], 'it is not valid UTF-8'],
])('refuses the bytes %j', (bytes, message) => {
  expect(complaint(Uint8Array.from(bytes))).toContain(message);
});

test('sizes have limits of their own', () => {
  expect(complaint(bytesOf('[1,2,3,4]'), { maxItems: 3 })).toContain('more than 3 keys and elements');
  expect(complaint(bytesOf('{"a":{"b":1},"c":[1]}'), { maxItems: 3 })).toContain('more than 3');
  expect(complaint(bytesOf('["12345"]'), { maxStringBytes: 4 })).toContain('longer than 4 bytes');
  expect(complaint(bytesOf('[[1]]'), { maxDepth: 1 })).toContain('deeper than 1');
});

test('a million brackets are refused at once, not by an exhausted stack', () => {
  expect(complaint(bytesOf('['.repeat(1_000_000)))).toContain('nested deeper');
  expect(complaint(bytesOf('{"a":'.repeat(200_000)))).toContain('nested deeper');
});

test('a fault behind millions of lines is found without holding them', () => {
  const bytes = bytesOf(`${'\n'.repeat(8_000_000)}x`);
  expect(complaint(bytes)).toBe('a value is missing (line 8000001, column 1)');
});

test('whatever JSON.stringify writes is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), fc.nat(4), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const bytes = bytesOf(text);
      // Doubles beyond the safe integers are written as integers, and keys may be __proto__: those are refused by design.
      const message = complaint(bytes);
      if (message === undefined) expect(parseStrictJson(bytes)).toEqual(JSON.parse(text));
      else expect(message).toMatch(/beyond|__proto__|too (small|large)/);
    }),
    { numRuns: 2_000, seed: 20261120 },
  );
});

test('of mutated texts it takes none that JSON.parse refuses, and refuses for a reason', () => {
  const base = fc.jsonValue({ maxDepth: 4 }).map((value) => bytesOf(JSON.stringify(value)));
  const pieces = [
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '0',
    '1e9',
    '-',
    '.',
    ' ',
    '\n',
    'u12',
    'true',
    '\u0001',
    'é',
  ];
  const edit = fc.record({ at: fc.nat(200), remove: fc.nat(3), insert: fc.constantFrom(...pieces, '') });
  fc.assert(
    fc.property(base, fc.array(edit, { minLength: 1, maxLength: 3 }), (bytes, edits) => {
      let text = new TextDecoder().decode(bytes);
      for (const { at, remove, insert } of edits) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + insert + text.slice(place + remove);
      }
      text = text.toWellFormed();
      const message = complaint(bytesOf(text));
      const accepted = isJson(text);
      if (message === undefined) expect(accepted).toBe(true);
      else if (accepted) expect(message).toMatch(/twice|beyond|too (small|large)|surrogate|longer|__proto__/);
    }),
    { numRuns: 5_000, seed: 20261120 },
  );
});

test('duplicates are found exactly where there are some', () => {
  const keys = fc.array(fc.constantFrom('a', 'b', 'c', '\\u0061', 'd'), { maxLength: 5 });
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ depthSize: 'small' }, fc.constant('1'), tie('object'), tie('array')),
    object: fc
      .tuple(keys, fc.array(tie('node'), { minLength: 5, maxLength: 5 }))
      .map(([names, values]) => `{${names.map((name, index) => `"${name}": ${values[index]}`).join(' , ')}}`),
    array: fc.array(tie('node'), { maxLength: 3 }).map((values) => `[${values.join(',')}]`),
  }));
  fc.assert(
    fc.property(tree.object, (text) => {
      const message = complaint(bytesOf(String(text)), { maxDepth: 64 });
      if (hasDuplicate(String(text))) expect(message).toContain('is there twice');
      else expect(message).toBeUndefined();
    }),
    { numRuns: 1_000, seed: 20261120 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Naive: the innermost object is judged alone and replaced, until none is left. */
function hasDuplicate(text: string): boolean {
  let rest = text;
  for (;;) {
    const inner = /\{[^{}]*\}/.exec(rest);
    if (inner === null) return false;
    const keys = [...inner[0].matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([quoted]) => JSON.parse(quoted) as string);
    if (new Set(keys).size < keys.length) return true;
    rest = rest.replace(inner[0], '1');
  }
}
