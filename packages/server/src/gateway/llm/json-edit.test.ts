import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editJson, type JsonEdit } from './json-edit.ts';

function edit(text: string, ...edits: JsonEdit[]): string {
  return editJson(Buffer.from(text), edits).toString();
}

describe('editJson', () => {
  it('replaces a value and keeps every other byte', () => {
    const text = '{ "big": 12345678901234567890,\n "model" : "small" , "x":[1.0, {"model":"other"}] }';
    expect(edit(text, { kind: 'replace', path: ['model'], json: '"gpt-5-mini"' })).toBe(
      text.replace('"small"', '"gpt-5-mini"'),
    );
  });

  it('finds values in nested objects and arrays, past strings with brackets and escapes', () => {
    const text = '{"a":"}]\\"{","m":[{"c":"\\\\"},{"c":[{"text":"héllo"}]}]}';
    expect(edit(text, { kind: 'replace', path: ['m', 1, 'c', 0, 'text'], json: '"x"' })).toBe(
      '{"a":"}]\\"{","m":[{"c":"\\\\"},{"c":[{"text":"x"}]}]}',
    );
  });

  it('recognises a name written with escapes', () => {
    expect(edit('{"mod\\u0065l":"a"}', { kind: 'replace', path: ['model'], json: '"b"' })).toBe('{"mod\\u0065l":"b"}');
  });

  it('inserts into empty and filled objects, several at once', () => {
    expect(edit('{ }', { kind: 'insert', path: [], name: 'n', json: '1' })).toBe('{"n":1 }');
    expect(
      edit(
        '{"s":{"k":1}}',
        { kind: 'insert', path: ['s'], name: 'n', json: '1' },
        { kind: 'insert', path: [], name: 'a', json: '2' },
        { kind: 'insert', path: [], name: 'b', json: '3' },
      ),
    ).toBe('{"a":2,"b":3,"s":{"n":1,"k":1}}');
  });

  it('leaves the text alone where a path leads nowhere', () => {
    expect(edit('{"a":[1]}', { kind: 'replace', path: ['a', 3], json: '2' })).toBe('{"a":[1]}');
    expect(edit('[1]', { kind: 'replace', path: ['a'], json: '2' })).toBe('[1]');
  });

  it('agrees with parsing, changing and printing on any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (object, value) => {
        const before = JSON.stringify(object, undefined, 1);
        for (const name of Object.keys(object)) {
          const after = JSON.parse(edit(before, { kind: 'replace', path: [name], json: JSON.stringify(value) }));
          const expected = JSON.parse(before);
          Object.defineProperty(expected, name, { value: JSON.parse(JSON.stringify(value)), enumerable: true });
          expect(JSON.stringify(after)).toBe(JSON.stringify(expected));
        }
      }),
      { numRuns: 200 },
    );
  });
});
