import type { Latency } from '../statistics.ts';
import type { Target } from '../wire/target.ts';

/** What the load generator is told to do; every job ends after `seconds` or `calls`. */
export type Job =
  /** Each connection sends again as soon as its reply is there: how much can it take? */
  | {
      readonly kind: 'closed';
      readonly target: Target;
      readonly connections: number;
      readonly seconds: number;
      readonly calls?: number;
    }
  /** Calls leave at fixed times whatever came back, and their latency counts from that time: what does one caller feel? */
  | { readonly kind: 'open'; readonly target: Target; readonly perSecond: number; readonly seconds: number }
  /** Streamed replies whose chunks say when they were sent. */
  | { readonly kind: 'streams'; readonly target: Target; readonly streams: number; readonly seconds: number };

export interface JobResult {
  /** Replies, or chunks of streams, that were as expected. */
  readonly count: number;
  readonly elapsedSeconds: number;
  /** Milliseconds. */
  readonly latency: Latency;
  readonly failures: number;
  /** The first failure in words. */
  readonly failure?: string;
}
