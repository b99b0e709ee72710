import { expect, test } from 'vitest';
import { HttpReader } from './http-reader.ts';

const TWO = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello' +
    'HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
);

test.each([1, 2, 7, 30, 1_000])('messages come out whole from pieces of %i bytes', (size) => {
  const seen: string[] = [];
  const reader = new HttpReader((head, body) => seen.push(`${head.slice(9, 12)} ${body}`));
  for (let at = 0; at < TWO.length; at += size) reader.push(TWO.subarray(at, at + size));
  expect(seen).toEqual(['200 hello', '403 abcde']);
});

test('an unfinished message is not reported', () => {
  const seen: string[] = [];
  new HttpReader((head) => seen.push(head)).push(TWO.subarray(0, 30));
  expect(seen).toEqual([]);
});
