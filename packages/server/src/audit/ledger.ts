import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EntryBody, encodeEntry, FormatError, type NoteSigner } from '@reeve/ledger';
import { ReeveError } from '../lib/index.ts';
import type { Durability, Statement, Storage } from '../storage/index.ts';
import { insertEntry, readBounds, readHead } from './ledger-store.ts';
import { Publisher } from './publisher.ts';
import { loadSigner } from './signing-key.ts';

const CHECKPOINT_EVERY_MS = 1_000;
/** Entries that may wait for a signature (KEY-1) before nothing more is taken. */
const MAX_UNSIGNED_ENTRIES = 200_000;

export interface LedgerOptions {
  readonly storage: Storage;
  /** First line of every checkpoint and name of the key; permanent. */
  readonly origin: string;
  readonly now?: () => number;
  /** Told of what an operator must look at; publishing is tried again every second. */
  readonly onFault: (message: string, error: unknown) => void;
  readonly maxUnsigned?: number;
}

/** The append-only log: entries go to the database with what belongs to them, and from there under signed checkpoints. */
export class Ledger implements AsyncDisposable {
  /** The public files, `<data>/ledger`. */
  readonly directory: string;
  readonly #options: LedgerOptions;
  readonly #publisher: Publisher;
  readonly #keyFile: string;
  readonly #maxUnsigned: number;
  #signer: NoteSigner | undefined;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #publishing: Promise<boolean> | undefined;
  #lastFault = '';
  #closed = false;

  private constructor(options: LedgerOptions) {
    const { storage } = options;
    this.#options = options;
    this.#maxUnsigned = options.maxUnsigned ?? MAX_UNSIGNED_ENTRIES;
    this.directory = join(storage.directory, 'ledger');
    this.#keyFile = join(storage.directory, 'ledger-key.pem');
    this.#publisher = new Publisher({ storage, directory: this.directory, signer: () => this.#loadSigner(false) });
  }

  /** Throws where the files contradict the database, or others can read the key. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const ledger = new Ledger(options);
    await ledger.#start();
    return ledger;
  }

  /** Number of entries whose append has been acknowledged. */
  get size(): number {
    return this.#size;
  }

  /** Number of entries under the checkpoint on disk. */
  get published(): number {
    return this.#publisher.published;
  }

  /**
   * Writes entries, and the statements that belong to them, as one unit. Answers the entries' indexes. Rejects with `conflict`
   * where a statement's expectation was not met (`detail.failedAt` counts from `also`), and with `fail_closed` where it cannot
   * be recorded: then nothing was.
   */
  async append(
    entries: readonly EntryBody[],
    also: readonly Statement[],
    durability: Durability,
  ): Promise<readonly number[]> {
    if (this.#closed) throw new ReeveError('fail_closed', 'the ledger is closed');
    if (this.#size - this.published >= this.#maxUnsigned) {
      throw new ReeveError('fail_closed', 'too many ledger entries wait for a signature', { detail: this.#lastFault });
    }
    const at = (this.#options.now ?? Date.now)();
    const unit = entries.map((entry) => insertEntry(encode(entry, at)));
    unit.push(...also);
    const result = await this.#options.storage.write(unit, durability);
    if (!result.ok) {
      const detail = { failedAt: result.failedAt - entries.length };
      throw new ReeveError('conflict', 'a condition of the write no longer holds', { detail });
    }
    const indexes = result.lastIds.slice(0, entries.length).map((id) => id - 1);
    this.#size = Math.max(this.#size, (indexes.at(-1) ?? -1) + 1);
    if (!this.#closed) this.#timer ??= setTimeout(() => void this.#tick(), CHECKPOINT_EVERY_MS).unref();
    return indexes;
  }

  /** Publishes a checkpoint over everything appended so far. */
  async publish(): Promise<void> {
    const target = this.#size;
    while (this.published < target) {
      const before = this.published;
      const joined = this.#publishing !== undefined;
      await this.#publish();
      if (!joined && this.published === before) return;
    }
  }

  /** Drains: the last checkpoint covers every acknowledged entry, unless it cannot be signed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.publish().catch((error: unknown) => this.#fault(error));
    // The checkpoint may be out while the table is still being cleared; `#tick` tells of failures.
    await this.#publishing?.catch(() => undefined);
  }

  async #start(): Promise<void> {
    const { storage, origin } = this.#options;
    const head = await readHead(storage);
    const last = (await readBounds(storage))?.last ?? -1;
    this.#size = Math.max(head, last + 1);
    const begun = this.#size > 0 || existsSync(join(this.directory, 'checkpoint'));
    const signer = this.#tryLoadSigner(!begun);
    if (signer !== undefined) await this.#publisher.recover(signer);
    if (this.#size === 0) await this.append([{ event: 'ledger.opened', origin }], [], 'power');
    else if (this.#size > this.published) this.#timer = setTimeout(() => void this.#tick(), 0).unref();
  }

  /** KEY-1: a log that exists goes on without its key up to the backlog; one whose key others can read does not. */
  #tryLoadSigner(mayCreate: boolean): NoteSigner | undefined {
    try {
      const signer = this.#loadSigner(mayCreate);
      if (signer === undefined) this.#fault(new Error(`${this.#keyFile} is missing`));
      return signer;
    } catch (error) {
      if (mayCreate || error instanceof ReeveError) throw error;
      this.#fault(error);
      return undefined;
    }
  }

  #loadSigner(mayCreate: boolean): NoteSigner | undefined {
    this.#signer ??= loadSigner(this.#keyFile, this.#options.origin, mayCreate);
    return this.#signer;
  }

  async #tick(): Promise<void> {
    try {
      // One checkpoint a second, but no pause while whole batches are waiting.
      while (await this.#publish());
    } catch (error) {
      this.#fault(error);
    }
    this.#timer = undefined;
    const isBehind = this.#size > this.published;
    if (isBehind && !this.#closed) this.#timer = setTimeout(() => void this.#tick(), CHECKPOINT_EVERY_MS).unref();
  }

  /** One checkpoint at a time. Answers whether more is waiting than it took. */
  #publish(): Promise<boolean> {
    this.#publishing ??= this.#publisher
      .publish()
      .then((more) => {
        this.#lastFault = '';
        return more;
      })
      .finally(() => {
        this.#publishing = undefined;
      });
    return this.#publishing;
  }

  #fault(error: unknown): void {
    const message = String(error);
    if (message !== this.#lastFault) this.#options.onFault('the ledger cannot publish a checkpoint', error);
    this.#lastFault = message;
  }
}

function encode(entry: EntryBody, at: number): string {
  try {
    return encodeEntry(entry, at);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ReeveError('fail_closed', 'the action cannot be recorded', { cause: error, detail: error.message });
  }
}
