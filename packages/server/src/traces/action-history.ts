import type { Storage } from '../storage/index.ts';
import type { ActionRecord } from './action-record.ts';
import { type ReplayWindow, replayPage, replayWindow } from './replay-store.ts';

const MAX_HISTORY_PAGE = 1_000;

export interface HistoryRequest {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** At most so many actions, the newest of that time. */
  readonly limit: number;
}

/** What a workspace did, oldest first, in pages: nothing is held in memory but one of them. */
export class ActionHistory {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  window(workspace: string, request: HistoryRequest): Promise<ReplayWindow> {
    return replayWindow(this.#storage, workspace, request);
  }

  async *pages(workspace: string, window: ReplayWindow, size: number): AsyncGenerator<readonly ActionRecord[]> {
    const limit = Math.min(Math.max(1, size), MAX_HISTORY_PAGE);
    // The first is part of it, so the cursor begins just before.
    let after = previous(window.first);
    for (;;) {
      const page = await replayPage(this.#storage, workspace, { after, end: window.end, limit });
      if (page.length > 0) yield page;
      const last = page.at(-1);
      if (page.length < limit || last === undefined) return;
      after = last.id;
    }
  }
}

/** Sorts before an id, and behind all that differ from it before its last character and are smaller. */
function previous(id: string): string {
  return id.slice(0, -1);
}
