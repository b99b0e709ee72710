import type { Aggregate, SignalDefinition, SignalEvent, SignalValue } from '../signal.ts';

interface Kept {
  readonly where: string;
  readonly action: string;
  readonly atMs: number;
  readonly value: number | string | undefined;
  written: boolean;
}

/** What signals should say, from a list of all events and the words of their documentation. */
export class NaiveSignals {
  #events: Kept[] = [];

  count(workspace: string, events: readonly SignalEvent[], action: string, atMs: number): void {
    for (const { signal, key, value } of events)
      this.#events.push({ where: `${workspace} ${signal.id} ${key}`, action, atMs, value, written: false });
  }

  write(action: string): void {
    for (const event of this.#events) if (event.action === action) event.written = true;
  }

  withdraw(action: string): void {
    this.#events = this.#events.filter((event) => event.action !== action);
  }

  /** The process died. */
  restart(): void {
    this.#events = this.#events.filter((event) => event.written);
  }

  read(workspace: string, signal: SignalDefinition, key: string, atMs: number): SignalValue {
    const { aggregate, windowMs, valued } = signal;
    const all = this.#events.filter(({ where }) => where === `${workspace} ${signal.id} ${key}`);
    if (aggregate === 'baseline' && !valued) return usualCount(all, windowMs, atMs);
    const beginMs = atMs - windowMs;
    const widthMs = Math.ceil(windowMs / 60);
    const rolls = windowMs > 3_600_000 && aggregate !== 'distinct';
    const fromMs = rolls ? Math.floor(beginMs / widthMs) * widthMs : beginMs + 1;
    const seen = all.some((event) => event.atMs > beginMs) ? all.filter((event) => event.atMs >= fromMs) : [];
    if (aggregate === 'distinct') return new Set(seen.map(({ value }) => value)).size;
    const numbers = seen.map((event) => ({ atMs: event.atMs, value: Number(valued ? event.value : event.atMs) }));
    return VALUES[aggregate](
      numbers.toSorted((a, b) => a.atMs - b.atMs || a.value - b.value),
      windowMs,
    );
  }
}

type Numbers = readonly { readonly atMs: number; readonly value: number }[];

const VALUES: Record<Exclude<Aggregate, 'distinct'>, (events: Numbers, windowMs: number) => SignalValue> = {
  count: (events) => events.length,
  rate: (events, windowMs) => (events.length * 60_000) / windowMs,
  sum: (events) => events.reduce((sum, { value }) => sum + value, 0),
  min: (events) => (events.length === 0 ? undefined : Math.min(...events.map(({ value }) => value))),
  max: (events) => (events.length === 0 ? undefined : Math.max(...events.map(({ value }) => value))),
  first_seen: (events) => events[0]?.atMs,
  first: (events) => events[0]?.value,
  last: (events) => events.at(-1)?.value,
  baseline: (events) => spreadOf(events.map(({ value }) => value)),
};

function usualCount(events: readonly Kept[], windowMs: number, atMs: number): SignalValue {
  const widthMs = Math.ceil(windowMs / 60);
  const indices = events.map((event) => Math.floor(event.atMs / widthMs));
  const before = Math.floor((atMs - 2 * windowMs) / widthMs);
  const first = Math.min(...indices.filter((index) => index >= before));
  const begin = Math.max(Math.floor((atMs - windowMs) / widthMs), first);
  const counts: number[] = [];
  for (let index = begin; index < Math.floor(atMs / widthMs); index++)
    counts.push(indices.filter((other) => other === index).length);
  return counts.some((count) => count > 0) ? spreadOf(counts) : spreadOf([]);
}

function spreadOf(values: readonly number[]) {
  const n = values.length;
  if (n === 0) return { mean: 0, spread: 0, n };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return { mean, spread: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n), n };
}
