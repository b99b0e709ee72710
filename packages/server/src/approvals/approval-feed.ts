import { randomBytes } from 'node:crypto';
import { ReeveError } from '../lib/index.ts';
import type { ApprovalNotice } from './approval-notice.ts';

/** What a client that comes back is sent at once stays below what may lie unread on its stream. */
const MAX_KEPT = 500;
const MAX_LISTENERS = 200;

export interface FeedEvent {
  /** `process-number`: of another process it cannot be resumed. */
  readonly id: string;
  readonly notice: ApprovalNotice;
}

type Listener = (event: FeedEvent) => void;

/** What happens to approvals, as it happens, to whoever listens; the last events are kept for those who were away for a moment. */
export class ApprovalFeed {
  readonly #process = randomBytes(4).toString('hex');
  readonly #kept: FeedEvent[] = [];
  readonly #listeners = new Set<{ readonly workspace: string; readonly hear: Listener }>();
  #last = 0;

  publish(notice: ApprovalNotice): void {
    const event = { id: `${this.#process}-${++this.#last}`, notice };
    this.#kept.push(event);
    if (this.#kept.length > MAX_KEPT) this.#kept.shift();
    for (const { workspace, hear } of this.#listeners) if (workspace === notice.approval.workspace) hear(event);
  }

  /** Events after this one, or undefined where some of them are gone: then whoever asks must read the list again. */
  since(workspace: string, lastId: string): readonly FeedEvent[] | undefined {
    const [process, number] = lastId.split('-');
    const last = Number(number);
    if (process !== this.#process || !Number.isSafeInteger(last) || last > this.#last) return undefined;
    const first = this.#last - this.#kept.length;
    if (last < first) return undefined;
    return this.#kept.slice(last - first).filter(({ notice }) => notice.approval.workspace === workspace);
  }

  listen(workspace: string, hear: Listener): () => void {
    if (this.#listeners.size >= MAX_LISTENERS)
      throw new ReeveError('overloaded', `${MAX_LISTENERS} are listening already`, { retryAfterSeconds: 30 });
    const listener = { workspace, hear };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
