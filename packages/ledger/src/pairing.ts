import type { DecodedEntry } from './decode-entry.ts';

const MAX_EXAMPLES = 100;
const MAX_OPEN = 1_000_000;

/** Whether each intent has one outcome. A report, no failure: actions may be under way at the checkpoint. */
export interface PairingReport {
  readonly intended: number;
  readonly completed: number;
  readonly interrupted: number;
  readonly refused: number;
  /** Intents without an outcome yet, the first hundred by action id. */
  readonly openActions: readonly string[];
  readonly open: number;
  /** Outcomes without an intent before them, the first hundred by action id. */
  readonly strayActions: readonly string[];
  readonly stray: number;
}

export class Pairing {
  readonly #open = new Set<string>();
  readonly #strays: string[] = [];
  readonly #counts = { intended: 0, completed: 0, interrupted: 0, refused: 0, stray: 0 };

  add(decoded: DecodedEntry): void {
    if (!decoded.known) return;
    const { entry } = decoded;
    if (entry.event === 'action.refused') this.#counts.refused++;
    else if (entry.event === 'action.intended') {
      this.#counts.intended++;
      if (this.#open.size < MAX_OPEN) this.#open.add(entry.action);
    } else if (entry.event === 'action.completed') {
      this.#counts.completed++;
      this.#close(entry.action);
    } else if (entry.event === 'action.interrupted') {
      this.#counts.interrupted++;
      this.#close(entry.action);
    }
  }

  report(): PairingReport {
    const openActions = [...this.#open.values().take(MAX_EXAMPLES)];
    return { ...this.#counts, open: this.#open.size, openActions, strayActions: this.#strays };
  }

  #close(action: string): void {
    if (this.#open.delete(action)) return;
    this.#counts.stray++;
    if (this.#strays.length < MAX_EXAMPLES) this.#strays.push(action);
  }
}
