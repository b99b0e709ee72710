import { expect, test } from 'vitest';
import { sentAtOf, stampNow } from './stream-clock.ts';

const event = (time: string) => `data: {"choices":[{"delta":{"content":"${time}"}}]}\n\n`;

test('each time is read once, also where events are cut anywhere', () => {
  const stream = event('t=100;') + event('t=200;') + event('t=300;');
  for (let size = 1; size < stream.length; size++) {
    const seen: bigint[] = [];
    let rest = '';
    for (let at = 0; at < stream.length; at += size) {
      const read = sentAtOf(rest + stream.slice(at, at + size));
      seen.push(...read.sentAt);
      rest = read.rest;
    }
    expect(seen).toEqual([100n, 200n, 300n]);
  }
});

test('a stamp can be read back', () => {
  expect(sentAtOf(event(stampNow())).sentAt).toHaveLength(1);
});
