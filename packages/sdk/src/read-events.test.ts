import { expect, test } from 'vitest';
import { readEvents } from './read-events.ts';

async function read(...chunks: string[]) {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(Buffer.from(chunk, 'latin1'));
      controller.close();
    },
  });
  const events = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

test.each([
  ['at once', ['id: 1\nevent: a\ndata: {"x":1}\n\n']],
  ['in pieces', ['id', ': 1\neve', 'nt: a\ndata: {"x"', ':1}\n', '\n']],
  ['with carriage returns, cut in two', ['id: 1\r', '\nevent: a\r\ndata: {"x":1}\r', '\n\r\n']],
  ['after comments and a retry', ['retry: 2000\n\n: \n\nid: 1\nevent: a\ndata: {"x":1}\n\n: \n\n']],
  ['before one that never ended', ['id: 1\nevent: a\ndata: {"x":1}\n\nid: 2\ndata: {"x":2}\n']],
])('an event that comes %s', async (_how, chunks) => {
  expect(await read(...chunks)).toEqual([{ id: '1', event: 'a', data: '{"x":1}' }]);
});

test('characters that are cut in two are put together', async () => {
  const text = Buffer.from('data: "é"\n\n').toString('latin1');
  expect((await read(text.slice(0, 8), text.slice(8)))[0]?.data).toBe('"é"');
});
