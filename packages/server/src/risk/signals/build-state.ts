import { BucketCounts } from './bucket-counts.ts';
import { DistinctValues } from './distinct-values.ts';
import type { SignalState } from './signal-state.ts';
import { Timeline } from './timeline.ts';
import type { Window } from './window.ts';

/** How the events of a key are kept, by what is asked of them. */
export function buildState(window: Window, saved?: string): SignalState {
  const { aggregate, valued } = window.signal;
  if (aggregate === 'distinct') return new DistinctValues(window, saved);
  if (aggregate === 'baseline' && !valued) return new BucketCounts(window, saved);
  return new Timeline(window, saved);
}
