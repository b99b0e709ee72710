/**
 * The time that people read, and one that only goes forward. What is granted for a while is over when either says so: a clock that is
 * set back gives nobody more time.
 */
export interface DeskClock {
  readonly now: () => number;
  /** Milliseconds since whenever. */
  readonly steady: () => number;
}

/** On the steady clock, when this time is reached if nobody touches the other. */
export function steadyAt({ now, steady }: DeskClock, atMs: number): number {
  return steady() + (atMs - now());
}
