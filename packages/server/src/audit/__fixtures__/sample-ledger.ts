import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntryBody } from '@reeve/ledger';
import { openSqlite, type Storage } from '../../storage/index.ts';
import { Ledger, type LedgerOptions } from '../ledger.ts';

// A real ledger in a temporary directory, for tests.

export const ORIGIN = 'localhost/reeve/ledger';

export class SampleLedger implements AsyncDisposable {
  readonly data: string;
  readonly faults: string[] = [];
  storage!: Storage;
  ledger!: Ledger;

  private constructor(data: string) {
    this.data = data;
  }

  static async create(): Promise<SampleLedger> {
    const sample = new SampleLedger(mkdtempSync(join(tmpdir(), 'reeve-ledger-')));
    await sample.open();
    return sample;
  }

  async open(more: Partial<LedgerOptions> = {}): Promise<void> {
    this.storage = await openSqlite(this.data);
    const onFault = (_: string, error: unknown) => this.faults.push(String(error));
    try {
      this.ledger = await Ledger.open({ storage: this.storage, origin: ORIGIN, onFault, ...more });
    } catch (error) {
      await this.storage[Symbol.asyncDispose]();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.ledger[Symbol.asyncDispose]();
    await this.storage[Symbol.asyncDispose]();
  }

  async reopen(): Promise<void> {
    await this.close();
    await this.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Appends `count` entries in units of one, all at once. */
  async fill(count: number): Promise<number[]> {
    const appended = Array.from({ length: count }, (_, n) => this.ledger.append([shadow(n)], [], 'process'));
    return (await Promise.all(appended)).flat();
  }
}

export function shadow(n: number): EntryBody {
  return { event: 'shadow.seen', fingerprint: `f${n}`, reason: 'unknown key' };
}
