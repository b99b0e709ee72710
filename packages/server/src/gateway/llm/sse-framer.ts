import { ReeveError } from '../../lib/index.ts';

/** No provider sends an event this long; one that does is not waited for. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const JOINED_BYTES = 1_024;
const NOTHING = Buffer.alloc(0);

/** The longest end of an event, less its last byte: so much of what waits may belong to an end that the next chunk completes. */
const TAIL_BYTES = 2;

/**
 * Cuts a stream of server-sent events at the ends of events, so that nothing ever stands inside another event. Each byte is looked
 * at a few times at most, however small the chunks are.
 */
export class SseFramer {
  #waiting: Buffer[] = [];
  #size = 0;

  /** All bytes up to the end of the last whole event; undefined where none is whole yet. */
  push(chunk: Buffer): Buffer | undefined {
    const tail = this.#tail();
    const end = endOfLastEvent(tail.length === 0 ? chunk : Buffer.concat([tail, chunk])) - tail.length;
    if (end <= 0) {
      this.#wait(chunk);
      return undefined;
    }
    const whole = this.#size === 0 ? chunk.subarray(0, end) : Buffer.concat([...this.#waiting, chunk.subarray(0, end)]);
    this.#waiting = [];
    this.#size = 0;
    if (end < chunk.length) this.#wait(chunk.subarray(end));
    return whole;
  }

  /** What is left when the upstream has ended: an event without its blank line. */
  rest(): Buffer | undefined {
    const rest = this.#size === 0 ? undefined : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#size = 0;
    return rest;
  }

  #wait(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const last = this.#waiting.at(-1);
    // Small pieces are joined, so that what holds them is not larger than they are.
    if (last !== undefined && last.length + bytes.length <= JOINED_BYTES)
      this.#waiting[this.#waiting.length - 1] = Buffer.concat([last, bytes]);
    else this.#waiting.push(bytes);
    this.#size += bytes.length;
    if (this.#size > MAX_EVENT_BYTES)
      throw new ReeveError('upstream_failed', `the upstream sent an event longer than ${MAX_EVENT_BYTES} bytes`);
  }

  #tail(): Buffer {
    const last = this.#waiting.at(-1);
    if (last === undefined || last.length >= TAIL_BYTES) return last?.subarray(-TAIL_BYTES) ?? NOTHING;
    const before = this.#waiting.at(-2);
    return before === undefined ? last : Buffer.concat([before.subarray(last.length - TAIL_BYTES), last]);
  }
}

function endOfLastEvent(bytes: Buffer): number {
  for (let at = bytes.lastIndexOf(NEWLINE); at > 0; at = bytes.lastIndexOf(NEWLINE, at - 1)) {
    const before = bytes[at - 1];
    if (before === NEWLINE || (before === RETURN && bytes[at - 2] === NEWLINE)) return at + 1;
  }
  return 0;
}
