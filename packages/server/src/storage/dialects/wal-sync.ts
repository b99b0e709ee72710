import { closeSync, fdatasync, openSync } from 'node:fs';

const SYNC_AFTER_MS = 80;

type Sync = (fd: number, done: (error: Error | null) => void) => void;

/**
 * Makes commits safe from power loss that were not synced themselves. The sync runs beside the thread that commits: on a busy disk
 * it takes tens of milliseconds, and every call would wait for it. SQLite syncs the log itself before it copies it into the
 * database, so what is no longer in the log is safe too.
 */
export class WalSync {
  readonly #file: string;
  readonly #onFailure: (error: Error) => void;
  readonly #sync: Sync;
  #fd: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;

  /** @param onFailure must see to it that a synced commit follows */
  constructor(file: string, onFailure: (error: Error) => void, sync: Sync = fdatasync) {
    this.#file = file;
    this.#onFailure = onFailure;
    this.#sync = sync;
  }

  /** There was a commit that only the death of the process would survive. */
  soon(): void {
    this.#timer ??= setTimeout(() => this.#run(), SYNC_AFTER_MS);
  }

  /** There was a synced commit: it carried all before it along. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#again = false;
  }

  /** The log may be another file from now on. Its end may not come while a sync is running. */
  reopen(): void {
    if (this.#fd !== undefined && !this.#running) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #run(): void {
    this.#timer = undefined;
    if (this.#running) {
      this.#again = true;
      return;
    }
    try {
      this.#fd ??= openSync(this.#file, 'r');
    } catch (error) {
      this.#onFailure(error as Error);
      return;
    }
    const fd = this.#fd;
    this.#running = true;
    this.#sync(fd, (error) => this.#done(fd, error));
  }

  #done(fd: number, error: Error | null): void {
    this.#running = false;
    if (fd !== this.#fd) closeSync(fd);
    const again = this.#again;
    this.#again = false;
    if (error !== null) this.#onFailure(error);
    else if (again) this.#run();
  }
}
