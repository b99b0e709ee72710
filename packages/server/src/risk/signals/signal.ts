import type { ActionId, RiskRules } from '@reeve/contracts';
import type { Statement } from '../../storage/index.ts';

export type Aggregate = RiskRules['signals'][number]['aggregate'];

/** One signal as compiled from RiskRules: which calls it sees is decided there, time and numbers here. */
export interface SignalDefinition {
  /**
   * Rules name and signal name, and something that changes with what it sees, values or is keyed by (a digest of on, where, value and by):
   * values counted under another meaning must not be read again. Aggregate and window need not be in it.
   */
  readonly id: string;
  readonly aggregate: Aggregate;
  readonly windowMs: number;
  /** Whether its events carry a value. A baseline without one is of events per sixtieth of the window. */
  readonly valued: boolean;
}

/** A signal of one agent, vendor, ...: `key` is joined already, and hashed where it is long. */
export interface SignalRef {
  readonly signal: SignalDefinition;
  readonly key: string;
}

/** What one action adds to a signal. */
export interface SignalEvent extends SignalRef {
  /** A finite number, for `distinct` any text; absent where the signal has none. */
  readonly value?: number | string;
}

export interface Baseline {
  readonly mean: number;
  /** Standard deviation of the population. */
  readonly spread: number;
  readonly n: number;
}

/** Undefined where nothing has happened: for first_seen, first, last, min and max. */
export type SignalValue = number | undefined | Baseline;

/** One action in all signals that saw it. */
export interface Counted {
  /** They join the unit of the intent. Once asked for, the action is taken for written unless withdrawn within seconds. */
  statements(): readonly Statement[];
  /** As if it had never been counted. May be called twice, and after `statements`. */
  withdraw(): void;
}

export interface SignalReader {
  /**
   * Calls `work` in the turn in which all these keys are in memory: at once where they are. Values read and events counted in one
   * `work` have nothing of another action between them.
   */
  whenLoaded<T>(workspace: string, refs: readonly SignalRef[], atMs: number, work: () => T): T | Promise<T>;
  /** Only inside `work`, of a key that was named for it. Everything counted so far is in it, also what is under way. */
  read(workspace: string, signal: SignalDefinition, key: string, atMs: number): SignalValue;
  /** Counts at once, so that calls side by side see each other. Only inside `work`. */
  count(workspace: string, events: readonly SignalEvent[], action: ActionId, atMs: number): Counted;
}
