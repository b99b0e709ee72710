import { buildState } from './build-state.ts';
import type { SignalState } from './signal-state.ts';
import { PAGE_ROWS, type PlacedKey, type SignalStore, toEvent } from './signal-store.ts';

/** How often a key is read anew because its rows were summed up meanwhile. */
const MAX_TRIES = 5;
const TURN_AFTER_PAGES = 5;

/** Builds the state of a key from its rows. Nobody counts in it meanwhile: what is counted has been loaded. */
export async function loadKey(store: SignalStore, key: PlacedKey, atMs: number): Promise<SignalState> {
  if (key.window.exact) return withEvents(store, key, atMs, buildState(key.window));
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const saved = await store.state(key);
    const state = await withEvents(store, key, atMs, buildState(key.window, saved?.state));
    if ((await store.state(key))?.version === saved?.version) return state;
  }
  throw new Error('a signal changed whenever it was read');
}

async function withEvents(store: SignalStore, key: PlacedKey, atMs: number, state: SignalState): Promise<SignalState> {
  let after = { at: atMs - key.window.keepMs, action: '', ordinal: 0 };
  for (let pages = 1; ; pages++) {
    const page = await store.page(key, after);
    for (const row of page) state.add(toEvent(row));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return state;
    after = last;
    // Reading may hold up the thread: others get their turn between pages.
    if (pages % TURN_AFTER_PAGES === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
