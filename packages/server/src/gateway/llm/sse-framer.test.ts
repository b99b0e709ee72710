import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readEvents } from './sse-event.ts';
import { SseFramer } from './sse-framer.ts';

it('cuts at the ends of events and loses no byte, however the stream arrives', () => {
  const event = fc.constantFrom('data: {"a":"é"}\n\n', 'event: x\r\ndata: 1\r\n\r\n', ': ping\n\n', 'data: [DONE]\n\n');
  fc.assert(
    fc.property(fc.array(event, { minLength: 1 }), fc.array(fc.nat(200)), (events, cuts) => {
      const bytes = Buffer.from(events.join(''));
      const places = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
      const framer = new SseFramer();
      const out: Buffer[] = [];
      let at = 0;
      for (const place of [...places, bytes.length]) {
        const whole = framer.push(bytes.subarray(at, place));
        if (whole !== undefined) out.push(Buffer.from(whole));
        at = place;
      }
      expect(framer.rest()).toBeUndefined();
      expect(Buffer.concat(out).toString()).toBe(bytes.toString());
      expect(out.flatMap((whole) => readEvents(whole).map((found) => found.raw))).toEqual(events);
    }),
  );
});

it('refuses an event without end', () => {
  const framer = new SseFramer();
  const piece = Buffer.alloc(3 * 1024 * 1024, 'x');
  framer.push(piece);
  framer.push(piece);
  expect(() => framer.push(piece)).toThrow('longer than');
});

it('an event that arrives byte by byte is whole in the end', () => {
  const framer = new SseFramer();
  const text = `${'data: x\r\n'.repeat(20_000)}\r\n`;
  const out: Buffer[] = [];
  for (const byte of Buffer.from(text)) {
    const whole = framer.push(Buffer.from([byte]));
    if (whole !== undefined) out.push(whole);
  }
  expect(Buffer.concat(out).toString()).toBe(text);
  expect([out.length, framer.rest()]).toEqual([1, undefined]);
});
