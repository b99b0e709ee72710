import { must } from '../../lib/index.ts';
import type { Statement } from '../../storage/index.ts';
import { buildState } from './build-state.ts';
import {
  ABSORB_ROWS,
  absorbStatements,
  type SavedState,
  type SignalStore,
  type StoredEvent,
  SWEEP_ROWS,
  toEvent,
} from './signal-store.ts';
import { type Window, windowNamed } from './window.ts';

/** Rows this old are certain to stay, and may be summed up. Longer than an action can be withdrawn. */
const ABSORB_AFTER_MS = 60_000;
/** Per run; the rest waits for the next one. */
const MAX_ROUNDS = 2_000;
const MAX_FAILED = 20_000;
const UNDO_AT_ONCE = 500;
const TURN_AFTER_KEYS = 5;

interface Undo {
  readonly statements: readonly Statement[];
  readonly done: () => void;
}

/** Keeps the tables small: sums up events of long windows, deletes what no window reaches, and takes back what was withdrawn. */
export class SignalKeeper {
  readonly #store: SignalStore;
  readonly #now: () => number;
  readonly #onFault: (message: string, error: unknown) => void;
  readonly #undoing = new Set<Promise<void>>();
  readonly #failed: Undo[] = [];

  constructor(store: SignalStore, now: () => number, onFault: (message: string, error: unknown) => void) {
    this.#store = store;
    this.#now = now;
    this.#onFault = onFault;
  }

  /** Sent at once, so that it is right behind what it undoes; what fails is tried again by the next run. */
  undo(statements: readonly Statement[], done: () => void): void {
    const undo = { statements, done };
    const sent = this.#send([undo]).finally(() => this.#undoing.delete(sent));
    this.#undoing.add(sent);
  }

  async run(): Promise<void> {
    await this.flush();
    let afterId = 0;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const upto = await this.#absorbAfter(afterId);
      if (upto === undefined) break;
      afterId = upto;
    }
    for (let round = 0; round < MAX_ROUNDS; round++) if ((await this.#store.sweep(this.#now())) < SWEEP_ROWS) break;
  }

  async flush(): Promise<void> {
    await Promise.all(this.#undoing);
    for (let rounds = Math.ceil(this.#failed.length / UNDO_AT_ONCE); rounds > 0; rounds--)
      await this.#send(this.#failed.splice(0, UNDO_AT_ONCE));
  }

  async #send(undone: readonly Undo[]): Promise<void> {
    try {
      await this.#store.write(undone.flatMap(({ statements }) => statements));
    } catch (error) {
      this.#onFault('withdrawn actions could not be deleted from signals yet', error);
      this.#failed.push(...undone);
      if (this.#failed.length > MAX_FAILED) this.#giveUp(this.#failed.splice(0, this.#failed.length - MAX_FAILED));
      return;
    }
    for (const { done } of undone) done();
  }

  #giveUp(undone: readonly Undo[]): void {
    this.#onFault(`${undone.length} withdrawn actions will be counted again after a restart`, undefined);
    for (const { done } of undone) done();
  }

  /** Where to go on; undefined where the rest is too young. */
  async #absorbAfter(afterId: number): Promise<number | undefined> {
    const rows = await this.#store.oldest(afterId);
    const young = rows.findIndex((row) => row.written_at > this.#now() - ABSORB_AFTER_MS);
    const old = young === -1 ? rows : rows.slice(0, young);
    const last = old.at(-1);
    if (last === undefined) return undefined;
    const byKey = Map.groupBy(old, (row) => `${row.workspace}\n${row.signal}\n${row.key}`);
    const unit: Statement[] = [];
    let keys = 0;
    for (const events of byKey.values()) {
      unit.push(...(await this.#absorbed(events)));
      keys += 1;
      // Each is read and parsed on this thread: calls get their turn between them.
      if (keys % TURN_AFTER_KEYS === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await this.#store.write(unit);
    return old.length < ABSORB_ROWS ? undefined : Number(last.id);
  }

  /** A key that cannot be summed up keeps its rows, and does not keep others from it. */
  async #absorbed(events: readonly StoredEvent[]): Promise<readonly Statement[]> {
    const [{ workspace, signal, key } = NO_EVENT] = events;
    try {
      const window = must(windowNamed(signal), 'a signal of this version');
      const saved = await this.#store.state({ workspace, window, key });
      const state = buildState(window, saved?.state);
      for (const row of events) state.add(toEvent(row));
      const version = Number(saved?.version ?? 0) + 1;
      const next = { version, state: state.save(), expires_at: expiry(events, window, saved) };
      return absorbStatements({ workspace, window, key }, next, events);
    } catch (error) {
      this.#onFault(`the signal ${signal} could not be summed up`, error);
      return [];
    }
  }
}

const NO_EVENT = { workspace: '', signal: '', key: '' };

/** When no window can reach the newest event any more. */
function expiry(events: readonly StoredEvent[], { keepMs, widthMs }: Window, saved: SavedState | undefined): number {
  const newestMs = events.reduce((newest, { at }) => Math.max(newest, Number(at)), 0);
  return Math.max(Number(saved?.expires_at ?? 0), newestMs + keepMs + widthMs);
}
