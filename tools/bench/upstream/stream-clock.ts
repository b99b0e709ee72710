// A chunk of the mock's streams carries the time at which it was sent, in nanoseconds of the machine's monotonic clock.

const MARK = /"t=(\d+);"/g;

export const STREAM_END = 'data: [DONE]';

export function stampNow(): string {
  return `t=${process.hrtime.bigint()};`;
}

/** The times in a piece of a stream, and the beginning of an event that is not whole yet. */
export function sentAtOf(text: string): { sentAt: readonly bigint[]; rest: string } {
  const sentAt: bigint[] = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    sentAt.push(BigInt(match[1] as string));
    end = match.index + match[0].length;
  }
  return { sentAt, rest: text.slice(Math.max(end, text.lastIndexOf('data:'))) };
}
