import { ReeveError } from '../../lib/index.ts';

/** No provider sends an event this long; one that does is not waited for. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Cuts a stream of server-sent events at the ends of events, so that nothing ever stands inside another event. */
export class SseFramer {
  #rest: Buffer | undefined;

  /** All bytes up to the end of the last whole event; undefined where none is whole yet. */
  push(chunk: Buffer): Buffer | undefined {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = endOfLastEvent(bytes);
    this.#rest = end === bytes.length ? undefined : bytes.subarray(end);
    if ((this.#rest?.length ?? 0) > MAX_EVENT_BYTES) {
      throw new ReeveError('upstream_failed', `the upstream sent an event longer than ${MAX_EVENT_BYTES} bytes`);
    }
    return end === 0 ? undefined : bytes.subarray(0, end);
  }

  /** What is left when the upstream has ended: an event without its blank line. */
  rest(): Buffer | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest;
  }
}

function endOfLastEvent(bytes: Buffer): number {
  for (let at = bytes.lastIndexOf(NEWLINE); at > 0; at = bytes.lastIndexOf(NEWLINE, at - 1)) {
    const before = bytes[at - 1];
    if (before === NEWLINE || (before === RETURN && bytes[at - 2] === NEWLINE)) return at + 1;
  }
  return 0;
}
