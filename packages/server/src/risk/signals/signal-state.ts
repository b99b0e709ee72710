import type { SignalValue } from './signal.ts';

/** One event of one key. */
export interface SeenEvent {
  readonly atMs: number;
  /** For distinct a digest of the text; the time where the signal has no value. */
  readonly value: number;
  readonly action: string;
  /** Which of the events of its action. */
  readonly ordinal: number;
  /** Whether it may still be withdrawn: until then it is kept by itself. */
  open: boolean;
}

/** The events of one key, as its aggregate needs them. */
export interface SignalState {
  /** How many things are kept, for the bound on memory. */
  readonly weight: number;
  add(event: SeenEvent): void;
  remove(event: SeenEvent): void;
  value(atMs: number): SignalValue;
  /** All of it, for a row; only where no event is open. */
  save(): string;
}
