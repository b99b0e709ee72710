import type { Secret } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import type { Fleet, FleetPart } from '../registry/index.ts';
import { readSecret, type SecretPlaces, type SecretReading } from './secret-source.ts';

export interface SecretParts extends SecretPlaces {
  /** Hears of a secret without a value, at apply and when it appears or goes away later. Never of a value. */
  readonly warn: (event: { readonly workspace: string; readonly secret: string; readonly problem: string }) => void;
}

const CHECK_FILES_EVERY_MS = 2_000;

interface Held {
  readonly secret: Secret;
  reading: SecretReading;
}
type Shelf = ReadonlyMap<string, Held>;

/** Upstream credentials that Reeve holds for agents that never see them. Values stay in memory; files are read again when they change. */
export class Secrets implements FleetPart, Disposable {
  readonly #parts: SecretParts;
  readonly #shelves = new Map<string, Shelf>();
  readonly #timer: NodeJS.Timeout;
  #refreshing = false;

  constructor(parts: SecretParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.refresh(), CHECK_FILES_EVERY_MS);
    this.#timer.unref();
  }

  /** A missing value is no error of the fleet: what needs it is refused when it is used. */
  async prepare(fleet: Fleet): Promise<{ problems: readonly []; activate: () => void }> {
    const shelf = new Map<string, Held>();
    for (const secret of fleet.secrets.values()) {
      const reading = await readSecret(secret, this.#parts);
      if (reading !== 'unchanged') shelf.set(secret.name, { secret, reading });
    }
    const activate = () => {
      this.#shelves.set(fleet.workspace, shelf);
      for (const held of shelf.values()) this.#warnIfMissing(fleet.workspace, held);
    };
    return { problems: [], activate };
  }

  value(workspace: string, name: string): string {
    const held = this.#shelves.get(workspace)?.get(name);
    if (held !== undefined && 'text' in held.reading) return held.reading.text;
    const problem = held === undefined || !('missing' in held.reading) ? 'no such Secret' : held.reading.missing;
    throw new ReeveError(
      'fail_closed',
      'a credential that this call needs is not available; an operator must provide it',
      {
        detail: { workspace, secret: name, problem },
      },
    );
  }

  /** Reads changed files anew. Runs by itself every two seconds. */
  async refresh(): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      for (const [workspace, shelf] of this.#shelves) {
        for (const held of shelf.values()) await this.#refreshOne(workspace, held);
      }
    } finally {
      this.#refreshing = false;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #refreshOne(workspace: string, held: Held): Promise<void> {
    if ('env' in held.secret.from) return;
    const reading = await readSecret(held.secret, this.#parts, held.reading.stamp);
    if (reading === 'unchanged') return;
    const wasMissing = 'missing' in held.reading;
    held.reading = reading;
    if (!wasMissing) this.#warnIfMissing(workspace, held);
  }

  #warnIfMissing(workspace: string, held: Held): void {
    if ('missing' in held.reading) {
      this.#parts.warn({ workspace, secret: held.secret.name, problem: held.reading.missing });
    }
  }
}
