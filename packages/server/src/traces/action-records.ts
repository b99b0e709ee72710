import type { Statement, Storage } from '../storage/index.ts';
import type { ActionRecord, DecidedRecord, EndedRecord } from './action-record.ts';
import { toRecord } from './action-row.ts';
import { closeInterrupted, insertExecuting, insertRefused, readUnfinished, updateEnded } from './action-store.ts';

const MAX_RECOVERED = 1_000;

export interface Unfinished {
  readonly action: ActionRecord;
  /** Closes it; belongs behind its ledger entry in one unit. Answers `ok: false` where somebody else closed it. */
  readonly statements: readonly Statement[];
}

/**
 * One wide row for each action, written by the pipeline in the same unit as the ledger entry.
 *
 * INVARIANT: in that unit the statements stand behind the entry, whose index they take.
 */
export class ActionRecords {
  readonly #storage: Storage;
  readonly #process: string;

  /** @param process names this process among all that ever wrote here */
  constructor(storage: Storage, process: string) {
    this.#storage = storage;
    this.#process = process;
  }

  /** Before the effect. */
  intentStatements(record: DecidedRecord): readonly Statement[] {
    return [insertExecuting(record, this.#process)];
  }

  /** After the effect. */
  outcomeStatements(ended: EndedRecord): readonly Statement[] {
    return [updateEnded(ended)];
  }

  /** Of an action that never came to its effect. */
  refusedStatements(record: DecidedRecord, ended: EndedRecord): readonly Statement[] {
    return [insertRefused(record, ended)];
  }

  /** What earlier processes left under way, oldest first, at most MAX_RECOVERED: call again with the last id until empty. */
  async recover(atMs: number, afterId = ''): Promise<readonly Unfinished[]> {
    const rows = await readUnfinished(this.#storage, this.#process, afterId, MAX_RECOVERED);
    const message = 'the process ended before the outcome was known';
    return rows.map((row) => ({ action: toRecord(row), statements: [closeInterrupted(row, message, atMs)] }));
  }
}
