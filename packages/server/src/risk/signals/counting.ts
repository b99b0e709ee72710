import type { Statement } from '../../storage/index.ts';
import type { KeyCache, KeyEntry } from './key-cache.ts';
import type { Counted } from './signal.ts';
import type { SeenEvent } from './signal-state.ts';
import { addStatements, removeStatement } from './signal-store.ts';

/** What a count needs of those who keep it. */
export interface CountingParts {
  readonly cache: KeyCache;
  readonly now: () => number;
  /** Its statements were handed out. */
  readonly written: (counting: Counting) => void;
  /** Rows that must go again; `done` is called when they have. */
  readonly undo: (statements: readonly Statement[], done: () => void) => void;
  readonly onFault: (message: string, error: unknown) => void;
}

/**
 * One action in its signals: `open` from the start, `written` when its rows were handed out, and then `settled` after a while or
 * `withdrawn`. Its keys stay in memory until what the database has of it is certain.
 */
export class Counting implements Counted {
  readonly #parts: CountingParts;
  readonly #entries: readonly KeyEntry[];
  readonly #events: readonly SeenEvent[];
  #phase: 'open' | 'written' | 'settled' | 'withdrawn' = 'open';
  #writtenAtMs: number | undefined;

  constructor(parts: CountingParts, entries: readonly KeyEntry[], events: readonly SeenEvent[]) {
    this.#parts = parts;
    this.#entries = entries;
    this.#events = events;
  }

  statements(): readonly Statement[] {
    if (this.#phase === 'withdrawn') return [];
    // Not kept: while it waits to be settled, they would outlive many others of their age, and the collector would copy them.
    this.#writtenAtMs ??= this.#parts.now();
    if (this.#phase === 'open') {
      this.#phase = 'written';
      this.#parts.written(this);
    }
    return addStatements(this.#pairs(), this.#writtenAtMs);
  }

  withdraw(): void {
    const phase = this.#phase;
    if (phase === 'withdrawn') return;
    if (phase === 'settled') {
      this.#parts.onFault('an action was withdrawn too late and stays counted in signals', undefined);
      return;
    }
    this.#phase = 'withdrawn';
    for (const [entry, event] of this.#pairs()) {
      entry.state?.remove(event);
      this.#parts.cache.weigh(entry);
    }
    if (phase === 'open') this.#unpin();
    else this.#undo();
  }

  /** By now its rows are in the database. */
  settle(): void {
    if (this.#phase !== 'written') return;
    this.#phase = 'settled';
    for (const event of this.#events) event.open = false;
    this.#unpin();
  }

  /** The unit was committed or may still be: its rows go again after it. */
  #undo(): void {
    const statements = this.#pairs().map(([entry, event]) => removeStatement(entry, event));
    this.#parts.undo(statements, () => this.#unpin());
  }

  #unpin(): void {
    for (const entry of this.#entries) this.#parts.cache.unpin(entry);
  }

  #pairs(): [KeyEntry, SeenEvent][] {
    return this.#events.map((event, at) => [this.#entries[at] as KeyEntry, event]);
  }
}
