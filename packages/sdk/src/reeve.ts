import { durationMs } from '@reeve/contracts';
import { ActionClient, type ReeveOptions } from './action-client.ts';
import { type Describe, Permit, type PermitFacts } from './permit.ts';
import { ReeveHeld } from './refusals.ts';

export interface CallOptions {
  /** How long to wait for people where they must be asked, e.g. `2m`. Default: not at all. */
  readonly wait?: string;
  /** Why the agent does it, for whoever must approve it. */
  readonly reason?: string;
  /** With the same key the function runs at most once; a repeated call is answered with the first result. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export interface GuardOptions<R> extends Omit<CallOptions, 'idempotencyKey'> {
  /** What Reeve is told of the result besides, or instead of, the result itself. */
  readonly describe?: Describe<R>;
}

/** The longest that the server keeps one call open. */
const MAX_WAIT_MS = 5 * 60_000;
/** An answer that comes so much too early did not wait: there was no room, or nothing to wait for any more. */
const EARLY_MS = 1_000;

/** Governs functions inside the agent's own process: Reeve decides, the process runs and reports. Grade `advised`. */
export class Reeve {
  readonly #client: ActionClient;

  constructor(options: ReeveOptions) {
    this.#client = new ActionClient(options);
  }

  /**
   * The same function, governed: decided by Reeve, run with the arguments that Reeve let pass, reported to Reeve. Throws ReeveHeld,
   * ReeveDenied, or ReeveUnreachable where Reeve cannot be asked; in all of these nothing ran, unless `ran` says so.
   */
  guard<A extends object, Rest extends unknown[], R>(
    tool: string,
    fn: (args: A, ...rest: Rest) => R | PromiseLike<R>,
    options: GuardOptions<R> = {},
  ): (args: A, ...rest: Rest) => Promise<R> {
    const { describe, ...call } = options;
    return async (args, ...rest) => {
      const permit = await this.propose(tool, args, call);
      return permit.run((allowed) => fn(allowed, ...rest), { signal: options.signal, describe });
    };
  }

  /** Leave to run one call. Whoever gets it must `run` or `abandon` it. */
  async propose<A extends object>(tool: string, args: A, options: CallOptions = {}): Promise<Permit<A>> {
    const untilMs = performance.now() + (options.wait === undefined ? 0 : durationMs(options.wait));
    for (;;) {
      const beganMs = performance.now();
      const waitMs = Math.max(0, Math.min(Math.floor(untilMs - beganMs), MAX_WAIT_MS));
      try {
        return await this.#ask(tool, args, options, waitMs);
      } catch (error) {
        const now = performance.now();
        if (!ReeveHeld.is(error) || now >= untilMs || now - beganMs < waitMs - EARLY_MS) throw error;
      }
    }
  }

  async #ask<A extends object>(
    tool: string,
    args: A,
    { reason, idempotencyKey, signal }: CallOptions,
    waitMs: number,
  ): Promise<Permit<A>> {
    const answer = await this.#client.post({
      tool,
      path: '/actions',
      body: { tool, args, mode: 'advise', ...(reason === undefined ? {} : { reason }) },
      headers: {
        ...(waitMs === 0 ? {} : { 'x-reeve-wait': `${waitMs}ms` }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      signal,
      extraMs: waitMs,
    });
    // What the server answers has this shape; that the arguments are still of type A, its schema of the tool has checked.
    return new Permit<A>(this.#client, { ...(answer as unknown as PermitFacts<A>), tool });
  }
}
