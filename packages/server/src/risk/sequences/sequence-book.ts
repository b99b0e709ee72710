import { BoundedMap, ReeveError } from '../../lib/index.ts';
import type { Statement, Storage } from '../../storage/index.ts';
import type { Link, StepEvent } from './chain.ts';
import { PartialMatches, type Recorded } from './partial-matches.ts';
import { keepChain, type MatchKey, readChains, sweepChains } from './sequence-store.ts';

/** Keys whose steps may still be taken back. Beyond, actions are refused: what is under way must not be forgotten. */
const MAX_BUSY = 50_000;
/** Keys in memory besides: what is forgotten is read again when it is needed. */
const MAX_IDLE = 20_000;
const SWEEP_EVERY_MS = 600_000;
/** How often a key that is not used is looked at, until nothing in it can be taken back. */
const LOOK_AGAIN_AFTER_MS = 11_000;
/** How many of them one action looks at. */
const LOOKS_PER_ACTION = 8;

/** A sequence as far as matching goes. */
export interface SequenceShape {
  readonly id: string;
  readonly withinMs: number;
  readonly steps: { readonly length: number };
}

export interface SequenceRef {
  readonly sequence: SequenceShape;
  /** Whose actions, and the value that joins them. */
  readonly key: string;
}

interface Busy {
  readonly matches: PartialMatches;
  readonly lookAtMs: number;
}

/** Beginnings of sequences: in memory where they are in use, and in the database, from where they come back. */
export class SequenceBook implements AsyncDisposable {
  readonly #storage: Storage;
  readonly #now: () => number;
  readonly #maxBusy: number;
  readonly #busy = new Map<string, Busy>();
  readonly #idle: BoundedMap<string, PartialMatches>;
  readonly #loading = new Map<string, Promise<PartialMatches>>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: {
    readonly storage: Storage;
    readonly onFault: (message: string, error: unknown) => void;
    readonly now?: () => number;
    readonly maxIdle?: number;
    readonly maxBusy?: number;
  }) {
    this.#storage = options.storage;
    this.#now = options.now ?? Date.now;
    this.#idle = new BoundedMap(options.maxIdle ?? MAX_IDLE);
    this.#maxBusy = options.maxBusy ?? MAX_BUSY;
    const failed = (error: unknown) => options.onFault('old beginnings of sequences could not be swept', error);
    this.#sweeper = setInterval(() => void this.sweep().catch(failed), SWEEP_EVERY_MS);
    this.#sweeper.unref();
  }

  /** Ready to judge with these: at once where all of them are in memory. */
  open(workspace: string, refs: readonly SequenceRef[]): OpenMatches | Promise<OpenMatches> {
    this.#lookAround();
    const found: PartialMatches[] = [];
    const missing: Promise<PartialMatches>[] = [];
    try {
      for (const { sequence, key } of refs) {
        const matches = this.#use({ workspace, sequence: sequence.id, key }, sequence);
        if (matches instanceof PartialMatches) found.push(matches);
        else missing.push(matches);
      }
    } catch (error) {
      release(found);
      // Nobody waits for these any more, and what they met is what is thrown.
      void Promise.allSettled(missing);
      throw error;
    }
    if (missing.length === 0) return new OpenMatches(workspace, refs, found, this.#now);
    release(found);
    return Promise.all(missing).then(() => this.open(workspace, refs));
  }

  async sweep(): Promise<void> {
    await sweepChains(this.#storage, this.#now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
  }

  #use(at: MatchKey, sequence: SequenceShape): PartialMatches | Promise<PartialMatches> {
    const id = `${at.workspace}\n${at.sequence}\n${at.key}`;
    const busy = this.#busy.get(id);
    if (busy !== undefined) return inUse(busy.matches, sequence);
    const idle = this.#idle.get(id);
    if (idle === undefined) return this.#load(id, at, sequence);
    this.#idle.delete(id);
    return inUse(this.#keep(id, idle), sequence);
  }

  #keep(id: string, matches: PartialMatches): PartialMatches {
    if (this.#busy.size >= this.#maxBusy)
      throw new ReeveError('overloaded', 'too many sequences of actions are under way at once; call again', {
        retryAfterSeconds: 1,
      });
    this.#busy.set(id, { matches, lookAtMs: this.#now() + LOOK_AGAIN_AFTER_MS });
    return matches;
  }

  #load(id: string, at: MatchKey, sequence: SequenceShape): Promise<PartialMatches> {
    const known = this.#loading.get(id);
    if (known !== undefined) return known;
    const loading = readChains(this.#storage, at)
      .then((chains) => this.#keep(id, new PartialMatches(sequence.steps.length, sequence.withinMs, chains)))
      .finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  /** Lets keys go that nobody uses and whose steps are all written. */
  #lookAround(): void {
    const nowMs = this.#now();
    let looks = LOOKS_PER_ACTION;
    for (const [id, busy] of this.#busy) {
      // Dates further ahead than any are from a clock that was set back since.
      const isDue = busy.lookAtMs <= nowMs || busy.lookAtMs > nowMs + LOOK_AGAIN_AFTER_MS;
      if (!isDue || looks-- === 0) return;
      this.#busy.delete(id);
      busy.matches.settle(nowMs);
      if (busy.matches.isSettled) this.#idle.set(id, busy.matches);
      else this.#busy.set(id, { matches: busy.matches, lookAtMs: nowMs + LOOK_AGAIN_AFTER_MS });
    }
  }
}

function release(matches: readonly PartialMatches[]): void {
  for (const one of matches) one.users -= 1;
}

function inUse(matches: PartialMatches, { withinMs }: SequenceShape): PartialMatches {
  matches.users += 1;
  matches.withinMs = withinMs;
  return matches;
}

/** Beginnings that one action is judged with. Closed in the turn in which it was judged. */
export class OpenMatches {
  readonly #workspace: string;
  readonly #refs: readonly SequenceRef[];
  readonly #matches: readonly PartialMatches[];
  readonly #now: () => number;
  readonly #recorded: { readonly ref: SequenceRef; readonly recorded: Recorded; readonly links: readonly Link[] }[] =
    [];

  constructor(workspace: string, refs: readonly SequenceRef[], matches: readonly PartialMatches[], now: () => number) {
    this.#workspace = workspace;
    this.#refs = refs;
    this.#matches = matches;
    this.#now = now;
  }

  /** Counts the action at once, so that those beside it see it. Answers the match that it completes. */
  record(index: number, event: StepEvent): Link | undefined {
    const ref = this.#refs[index];
    const matches = this.#matches[index];
    if (ref === undefined || matches === undefined) return undefined;
    const recorded = matches.record(event, this.#now());
    const links = recorded.extended.flatMap((step) => matches.chains[step] ?? []);
    if (links.length > 0) this.#recorded.push({ ref, recorded, links });
    return recorded.complete;
  }

  close(): void {
    release(this.#matches);
  }

  statements(): readonly Statement[] {
    const nowMs = this.#now();
    return this.#recorded.flatMap(({ ref, recorded, links }) => {
      recorded.written(nowMs);
      const at = { workspace: this.#workspace, sequence: ref.sequence.id, key: ref.key };
      return links.map((link, i) => keepChain(at, recorded.extended[i] ?? 0, link, ref.sequence.withinMs));
    });
  }

  withdraw(): void {
    for (const { recorded } of this.#recorded) recorded.withdraw();
  }
}
