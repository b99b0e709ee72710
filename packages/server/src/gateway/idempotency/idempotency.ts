import { hash, timingSafeEqual } from 'node:crypto';
import type { ActionId, ErrorCode } from '@reeve/contracts';
import { ReeveError } from '../../lib/index.ts';
import type { Statement, Storage } from '../../storage/index.ts';
import { endRecord, type RecordKey, readRecord, startRecord, sweepRecords } from './idempotency-store.ts';
import { openReply, type StoredReply, sealReply } from './stored-reply.ts';

export interface IdempotencyFacts {
  readonly workspace: string;
  readonly agent: string;
  /** What the key is for, e.g. `tool.call`; the same key elsewhere is another key. */
  readonly route: string;
  readonly key: string;
  /** Canonical bytes of the request: with the same key they must be the same. */
  readonly request: Uint8Array;
  readonly action: ActionId;
  readonly callerGone: AbortSignal;
}

export type IdempotencyAnswer =
  | { readonly kind: 'new'; readonly handle: IdempotencyHandle }
  /** The first call's own reply; `action` is the first call. */
  | { readonly kind: 'replay'; readonly action: ActionId; readonly reply: StoredReply }
  | {
      readonly kind: 'refused';
      readonly code: Extract<ErrorCode, 'idempotency_mismatch' | 'action_in_progress' | 'outcome_unknown'>;
      readonly message: string;
      readonly action: ActionId;
    };

/**
 *   begin ──new──▶ handle ──start()──▶ executing ──end(reply)──▶ kept, replayed
 *                    │                     └─ process dies ─────▶ outcome_unknown, never repeated
 *                    └──abandon()──▶ nothing stored: the next call with this key is the first
 * Exactly one of `end` and `abandon` must be called. After `start`, `abandon` leaves the record unfinished.
 */
export interface IdempotencyHandle {
  /** Goes into the unit of the intent entry, so that no effect begins without it. */
  start(): Statement;
  /** Goes into the unit of the outcome entry; `settled` must follow. */
  end(reply: StoredReply): Statement;
  /** After the unit of `end` was committed or refused: lets those go who wait for it. */
  settled(): void;
  abandon(): void;
}

interface Running {
  readonly fingerprint: Uint8Array;
  readonly action: ActionId;
  readonly done: Promise<void>;
  readonly finish: () => void;
  waiters: number;
}

const DAY_MS = 86_400_000;
const KEEP_ENDED_MS = 2 * DAY_MS;
/** An unfinished record protects from a second effect, so it stays much longer than a client retries. */
const KEEP_UNKNOWN_MS = 90 * DAY_MS;
const SWEEP_EVERY_MS = 3_600_000;
const WAIT_MS = 30_000;
const MAX_RUNNING = 20_000;
const MAX_WAITERS = 100;
const MAX_KEY_LENGTH = 255;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** Executes what carries the same key once. */
export class Idempotency implements Disposable {
  readonly #storage: Storage;
  readonly #now: () => number;
  readonly #waitMs: number;
  readonly #running = new Map<string, Running>();
  readonly #timer: NodeJS.Timeout;

  constructor(storage: Storage, options: { readonly now?: () => number; readonly waitMs?: number } = {}) {
    this.#storage = storage;
    this.#now = options.now ?? Date.now;
    this.#waitMs = options.waitMs ?? WAIT_MS;
    this.#timer = setInterval(() => void this.sweep().catch(() => {}), SWEEP_EVERY_MS);
    this.#timer.unref();
  }

  /** Call it once the request is known to be valid and permitted, right before execution. */
  async begin(facts: IdempotencyFacts): Promise<IdempotencyAnswer> {
    const wrong = keyFault(facts.key);
    if (wrong !== undefined) throw new ReeveError('invalid_request', wrong);
    const { workspace, agent, route } = facts;
    const keyHash = hash('sha256', facts.key, 'buffer');
    const record: RecordKey = { workspace, agent, route, keyHash };
    const fingerprint = hash('sha256', facts.request, 'buffer');
    const name = JSON.stringify([workspace, agent, route, keyHash.toString('hex')]);
    for (;;) {
      const running = this.#running.get(name);
      if (running === undefined) return this.#first(facts, record, fingerprint, name);
      if (!timingSafeEqual(running.fingerprint, fingerprint)) return mismatch(running.action);
      if (!(await this.#wait(running, facts.callerGone))) return inProgress(running.action);
    }
  }

  /** Forgets what is older than any client's retries. Runs by itself every hour. */
  async sweep(): Promise<void> {
    const nowMs = this.#now();
    await this.#storage.write(sweepRecords(nowMs - KEEP_ENDED_MS, nowMs - KEEP_UNKNOWN_MS), 'process');
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Holds the place before the first wait, so that of two calls in one turn the second sees the first. */
  async #first(
    facts: IdempotencyFacts,
    record: RecordKey,
    fingerprint: Buffer,
    name: string,
  ): Promise<IdempotencyAnswer> {
    if (this.#running.size >= MAX_RUNNING) {
      throw new ReeveError('overloaded', 'too many calls with idempotency keys are under way', {
        retryAfterSeconds: 1,
      });
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const finish = () => {
      this.#running.delete(name);
      resolve();
    };
    this.#running.set(name, { fingerprint, action: facts.action, done: promise, finish, waiters: 0 });
    try {
      const earlier = await readRecord(this.#storage, record);
      if (earlier === undefined) {
        return { kind: 'new', handle: new Handle(record, facts, fingerprint, finish, this.#now) };
      }
      finish();
      if (!timingSafeEqual(earlier.fingerprint, fingerprint)) return mismatch(earlier.action);
      if (!earlier.ended) return unknown(earlier.action, 'ended without a known outcome');
      if (earlier.reply === undefined) return unknown(earlier.action, 'ended with a reply that was too large to keep');
      return { kind: 'replay', action: earlier.action, reply: openReply(earlier.reply, facts.key) };
    } catch (error) {
      finish();
      throw error;
    }
  }

  async #wait(running: Running, callerGone: AbortSignal): Promise<boolean> {
    if (running.waiters >= MAX_WAITERS || callerGone.aborted) return false;
    running.waiters++;
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const giveUp = () => resolve(false);
    const timer = setTimeout(giveUp, this.#waitMs);
    callerGone.addEventListener('abort', giveUp, { once: true });
    try {
      return await Promise.race([running.done.then(() => true), late]);
    } finally {
      clearTimeout(timer);
      callerGone.removeEventListener('abort', giveUp);
      running.waiters--;
    }
  }
}

class Handle implements IdempotencyHandle {
  readonly #record: RecordKey;
  readonly #facts: IdempotencyFacts;
  readonly #fingerprint: Uint8Array;
  readonly #finish: () => void;
  readonly #now: () => number;

  constructor(
    record: RecordKey,
    facts: IdempotencyFacts,
    fingerprint: Uint8Array,
    finish: () => void,
    now: () => number,
  ) {
    this.#record = record;
    this.#facts = facts;
    this.#fingerprint = fingerprint;
    this.#finish = finish;
    this.#now = now;
  }

  start(): Statement {
    return startRecord(this.#record, this.#fingerprint, this.#facts.action, this.#now());
  }

  end(reply: StoredReply): Statement {
    const sealed = reply.body.length > MAX_KEPT_BYTES ? undefined : sealReply(reply, this.#facts.key);
    return endRecord(this.#record, sealed, this.#now());
  }

  settled(): void {
    this.#finish();
  }

  abandon(): void {
    this.#finish();
  }
}

/** What is wrong with a key that a caller sent, or undefined. */
export function keyFault(key: string): string | undefined {
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH && /^[\x21-\x7e]+$/.test(key)) return undefined;
  return `an Idempotency-Key has 1 to ${MAX_KEY_LENGTH} printable characters without spaces`;
}

function mismatch(action: ActionId): IdempotencyAnswer {
  const message = `this idempotency key belongs to another request (${action}); use a new key for a new request`;
  return { kind: 'refused', code: 'idempotency_mismatch', message, action };
}

function inProgress(action: ActionId): IdempotencyAnswer {
  const message = `the first call with this idempotency key (${action}) has not ended; ask for it by its id`;
  return { kind: 'refused', code: 'action_in_progress', message, action };
}

function unknown(action: ActionId, what: string): IdempotencyAnswer {
  const message = `the first call with this idempotency key (${action}) ${what}; it will not be repeated`;
  return { kind: 'refused', code: 'outcome_unknown', message, action };
}
