import { must } from '../../lib/index.ts';
import type { Statement } from '../../storage/index.ts';
import { buildState } from './build-state.ts';
import {
  type IdRange,
  PAGE_ROWS,
  type SavedState,
  type SignalStore,
  type StoredEvent,
  toEvent,
} from './signal-store.ts';
import { type Window, windowNamed } from './window.ts';

/** Rows this old are certain to stay, and may be summed up. Longer than an action can be withdrawn. */
const ABSORB_AFTER_MS = 60_000;
/** Per run; the rest waits for the next one. */
const MAX_ROUNDS = 200;
const MAX_UNDONE = 20_000;

interface Undo {
  readonly statements: readonly Statement[];
  readonly done: () => void;
}

/** Keeps the tables small: sums up events of long windows, deletes what no window reaches, and takes back what was withdrawn. */
export class SignalKeeper {
  readonly #store: SignalStore;
  readonly #now: () => number;
  readonly #onFault: (message: string, error: unknown) => void;
  #undone: Undo[] = [];
  #undoing: Promise<void> | undefined;

  constructor(store: SignalStore, now: () => number, onFault: (message: string, error: unknown) => void) {
    this.#store = store;
    this.#now = now;
    this.#onFault = onFault;
  }

  /** At once; what fails is tried again by the next call and the next run. */
  undo(statements: readonly Statement[], done: () => void): void {
    if (this.#undone.length >= MAX_UNDONE) {
      this.#onFault('too many withdrawn actions wait to be deleted; one stays counted after a restart', undefined);
      done();
      return;
    }
    this.#undone.push({ statements, done });
    this.#undoing ??= this.#undoAll().finally(() => {
      this.#undoing = undefined;
    });
  }

  async run(): Promise<void> {
    await this.flush();
    let afterId = 0;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const upto = await this.#absorbAfter(afterId);
      if (upto === undefined) break;
      afterId = upto;
    }
    for (let round = 0; round < MAX_ROUNDS; round++) if ((await this.#store.sweep(this.#now())) < PAGE_ROWS) break;
  }

  async flush(): Promise<void> {
    await this.#undoing;
    await this.#undoAll();
  }

  async #undoAll(): Promise<void> {
    while (this.#undone.length > 0) {
      const undone = this.#undone.splice(0, PAGE_ROWS);
      try {
        await this.#store.write(undone.flatMap(({ statements }) => statements));
      } catch (error) {
        this.#undone.unshift(...undone);
        this.#onFault('withdrawn actions could not be deleted from signals yet', error);
        return;
      }
      for (const { done } of undone) done();
    }
  }

  /** Where to go on; undefined where the rest is too young. */
  async #absorbAfter(afterId: number): Promise<number | undefined> {
    const rows = await this.#store.oldest(afterId);
    const young = rows.findIndex((row) => row.written_at > this.#now() - ABSORB_AFTER_MS);
    const old = young === -1 ? rows : rows.slice(0, young);
    const last = old.at(-1);
    if (last === undefined) return undefined;
    const byKey = Map.groupBy(old, (row) => `${row.workspace}\n${row.signal}\n${row.key}`);
    await Promise.all([...byKey.values()].map((events) => this.#tryAbsorb(events, { after: afterId, upto: last.id })));
    return old.length < PAGE_ROWS ? undefined : last.id;
  }

  /** A key that cannot be summed up keeps its rows, and does not keep others from it. */
  async #tryAbsorb(events: readonly StoredEvent[], ids: IdRange): Promise<void> {
    try {
      await this.#absorb(events, ids);
    } catch (error) {
      this.#onFault(`the signal ${events[0]?.signal ?? ''} could not be summed up`, error);
    }
  }

  async #absorb(events: readonly StoredEvent[], ids: IdRange): Promise<void> {
    const [{ workspace, signal, key } = NO_EVENT] = events;
    const window = must(windowNamed(signal), 'a signal of this version');
    const saved = await this.#store.state({ workspace, window, key });
    const state = buildState(window, saved?.state);
    for (const row of events) state.add(toEvent(row));
    const expiresAtMs = expiry(events, window, saved);
    const next = { version: Number(saved?.version ?? 0) + 1, state: state.save(), expires_at: expiresAtMs };
    await this.#store.absorb({ workspace, window, key }, next, ids);
  }
}

const NO_EVENT = { workspace: '', signal: '', key: '' };

/** When no window can reach the newest event any more. */
function expiry(events: readonly StoredEvent[], { keepMs, widthMs }: Window, saved: SavedState | undefined): number {
  const newestMs = events.reduce((newest, { at }) => Math.max(newest, Number(at)), 0);
  return Math.max(Number(saved?.expires_at ?? 0), newestMs + keepMs + widthMs);
}
