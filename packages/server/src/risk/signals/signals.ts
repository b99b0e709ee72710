import type { ActionId } from '@reeve/contracts';
import type { Storage } from '../../storage/index.ts';
import type { Counted, SignalDefinition, SignalEvent, SignalReader, SignalRef, SignalValue } from './signal.ts';

export type {
  Aggregate,
  Baseline,
  Counted,
  SignalDefinition,
  SignalEvent,
  SignalReader,
  SignalRef,
  SignalValue,
} from './signal.ts';

interface SignalsOptions {
  readonly storage: Storage;
  /** Hears of what a job in the background could not do. */
  readonly onFault?: (message: string, error: unknown) => void;
  readonly now?: () => number;
  readonly maxKeys?: number;
}

interface Kept {
  readonly key: string;
  readonly atMs: number;
  readonly value: number | string | undefined;
}

/** @TODO this keeps every event in memory; only its outside is final. */
export class Signals implements SignalReader, AsyncDisposable {
  #events: Kept[] = [];

  constructor(_options: SignalsOptions) {}

  whenLoaded<T>(_workspace: string, _refs: readonly SignalRef[], _atMs: number, work: () => T): T | Promise<T> {
    return work();
  }

  read(workspace: string, signal: SignalDefinition, key: string, atMs: number): SignalValue {
    const id = `${workspace}\n${signal.id}\n${key}`;
    const events = this.#events.filter((event) => event.key === id && event.atMs > atMs - signal.windowMs);
    const values = events.map((event) => event.value as number);
    const sum = values.reduce((total, value) => total + value, 0);
    const mean = sum / Math.max(values.length, 1);
    const { aggregate } = signal;
    if (aggregate === 'count') return events.length;
    if (aggregate === 'rate') return events.length / (signal.windowMs / 60_000);
    if (aggregate === 'sum') return sum;
    if (aggregate === 'distinct') return new Set(values).size;
    if (aggregate === 'first_seen') return events[0]?.atMs;
    if (aggregate === 'first') return values[0];
    if (aggregate === 'last') return values.at(-1);
    if (aggregate === 'min') return values.length === 0 ? undefined : Math.min(...values);
    if (aggregate === 'max') return values.length === 0 ? undefined : Math.max(...values);
    const spread = Math.sqrt(
      values.reduce((total, value) => total + (value - mean) ** 2, 0) / Math.max(values.length, 1),
    );
    return { mean, spread, n: values.length };
  }

  count(workspace: string, events: readonly SignalEvent[], _action: ActionId, atMs: number): Counted {
    const kept = events.map(({ signal, key, value }) => ({ key: `${workspace}\n${signal.id}\n${key}`, atMs, value }));
    this.#events.push(...kept);
    return {
      statements: () => [],
      withdraw: () => {
        this.#events = this.#events.filter((event) => !kept.includes(event));
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
