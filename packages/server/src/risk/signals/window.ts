import type { SignalDefinition } from './signal.ts';

/** Up to here every event is kept with its own time. */
export const EXACT_WINDOW_MS = 3_600_000;
/** Longer windows are kept in so many parts. */
export const BUCKETS_PER_WINDOW = 60;
/** An action that is judged this late (or a window late, if that is less) still finds its whole window. */
const LATE_MS = 60_000;

/** How a signal is kept; the same for all of its keys. */
export interface Window {
  /** As stored. Tells all that a state is made from, so that rows of another meaning are never read. */
  readonly name: string;
  readonly signal: SignalDefinition;
  readonly exact: boolean;
  readonly widthMs: number;
  /** What is older than the newest event by more than this can be forgotten. */
  readonly keepMs: number;
}

const known = new WeakMap<SignalDefinition, Window>();

export function windowOf(signal: SignalDefinition): Window {
  let window = known.get(signal);
  if (window === undefined) {
    window = build(signal);
    known.set(signal, window);
  }
  return window;
}

/** Of a stored name; undefined where it is none of ours. */
export function windowNamed(name: string): Window | undefined {
  const [, aggregate, ms, valued, id] = /^([a-z_]+) (\d+) ([01]) (.*)$/s.exec(name) ?? [];
  if (aggregate === undefined || ms === undefined || id === undefined) return undefined;
  const signal = { id, aggregate, windowMs: Number(ms), valued: valued === '1' };
  return build(signal as SignalDefinition);
}

function build(signal: SignalDefinition): Window {
  const { id, aggregate, windowMs, valued } = signal;
  const widthMs = Math.max(1, Math.ceil(windowMs / BUCKETS_PER_WINDOW));
  // How many events there are in each part is all that a baseline of counts needs, of this window and the one before.
  const counts = aggregate === 'baseline' && !valued;
  const exact = windowMs <= EXACT_WINDOW_MS && !counts;
  return {
    name: `${aggregate} ${windowMs} ${valued ? 1 : 0} ${id}`,
    signal,
    exact,
    widthMs,
    keepMs: (counts ? 2 : 1) * windowMs + widthMs + Math.min(windowMs, LATE_MS),
  };
}
