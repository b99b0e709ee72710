import type { ApprovalId } from '@reeve/contracts';
import { BoundedMap, ReeveError } from '../lib/index.ts';
import type { ApprovalState } from './approval-desk.ts';

const MAX_WAITERS = 10_000;
const MAX_ENDED = 10_000;

type Hear = (state: ApprovalState) => void;

/** Calls that are held open until people have decided. */
export class ApprovalWaiters {
  readonly #waiters = new Map<ApprovalId, Set<Hear>>();
  readonly #ended = new BoundedMap<ApprovalId, ApprovalState>(MAX_ENDED);
  #waiting = 0;

  /** How it ended, of approvals that ended a while ago at most. */
  ended(id: ApprovalId): ApprovalState | undefined {
    return this.#ended.get(id);
  }

  wait(id: ApprovalId, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<ApprovalState> {
    if (signal.aborted || timeoutMs <= 0) return Promise.resolve('pending');
    if (this.#waiting >= MAX_WAITERS)
      throw new ReeveError('overloaded', `${MAX_WAITERS} calls wait for people`, { retryAfterSeconds: 5 });
    return new Promise((resolve) => {
      const hearing = this.#waiters.get(id) ?? new Set();
      this.#waiters.set(id, hearing);
      const done = (state: ApprovalState) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#waiting--;
        hearing.delete(done);
        if (hearing.size === 0) this.#waiters.delete(id);
        resolve(state);
      };
      const giveUp = () => done('pending');
      const timer = setTimeout(giveUp, timeoutMs);
      signal.addEventListener('abort', giveUp);
      this.#waiting++;
      hearing.add(done);
    });
  }

  tell(id: ApprovalId, state: ApprovalState): void {
    if (state === 'pending') return;
    if (state !== 'approved') this.#ended.set(id, state);
    for (const hear of [...(this.#waiters.get(id) ?? [])]) hear(state);
  }

  /** The process ends: whoever waits asks again later. */
  release(): void {
    for (const hearing of [...this.#waiters.values()]) for (const hear of [...hearing]) hear('pending');
  }
}
