import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { ActionId } from '@reeve/contracts';
import type { Identity } from '../../access/index.ts';
import { ReeveError } from '../../lib/index.ts';
import type { AdvisedCall, Reported } from './advised-call.ts';
import type { Report } from './report.ts';

/** Advised actions that are decided or under way, each with its arguments. */
export const MAX_OPEN_ACTIONS = 10_000;
/** One agent must not take the room from all others. */
export const MAX_OPEN_ACTIONS_PER_AGENT = 500;
const TOKEN_BYTES = 32;
const RETRY_AFTER_SECONDS = 5;

interface OpenAction {
  readonly workspace: string;
  readonly agent: string;
  readonly token: Buffer;
  readonly call: AdvisedCall;
  readonly end: (report: Report | undefined) => void;
}

/** What waits for the report of one action. */
export interface AwaitedReport {
  readonly token: string;
  /** Undefined where none came in time, or its caller was gone before it heard the decision. */
  readonly report: Promise<Report | undefined>;
}

/** Actions that agents were let do themselves and have not reported yet. What it forgets ends as unknown, never as succeeded. */
export class OpenActions {
  readonly #open = new Map<ActionId, OpenAction>();
  readonly #taken = new Map<string, number>();
  #seats = 0;
  #closed = false;

  /** A place for one action, before anything is decided about it. The answer gives it back. Throws `overloaded`. */
  enter(workspace: string, agent: string): () => void {
    const party = `${workspace} ${agent}`;
    const taken = this.#taken.get(party) ?? 0;
    if (this.#closed || this.#seats >= MAX_OPEN_ACTIONS || taken >= MAX_OPEN_ACTIONS_PER_AGENT) {
      const retryAfterSeconds = RETRY_AFTER_SECONDS;
      throw new ReeveError('overloaded', 'too many actions wait for the reports of agents', { retryAfterSeconds });
    }
    this.#seats++;
    this.#taken.set(party, taken + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave(party);
    };
  }

  await(
    action: { readonly id: ActionId; readonly identity: Identity; readonly callerGone: AbortSignal },
    call: AdvisedCall,
    withinMs: number,
  ): AwaitedReport {
    const { id, identity, callerGone } = action;
    const { promise, resolve } = Promise.withResolvers<Report | undefined>();
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const end = (report: Report | undefined) => {
      if (!this.#open.delete(id)) return;
      clearTimeout(timer);
      callerGone.removeEventListener('abort', giveUp);
      resolve(report);
    };
    const giveUp = () => end(undefined);
    const timer = setTimeout(giveUp, withinMs).unref();
    callerGone.addEventListener('abort', giveUp, { once: true });
    this.#open.set(id, { ...identity, token: Buffer.from(token), call, end });
    if (this.#closed || callerGone.aborted) giveUp();
    return { token, report: promise };
  }

  /** Takes a report, once, of the agent that was let do it; answers how the action ended. */
  async report(identity: Identity, id: ActionId, token: string, report: Report): Promise<Reported> {
    const open = this.#open.get(id);
    const sent = Buffer.from(token);
    if (
      open === undefined ||
      open.workspace !== identity.workspace ||
      open.agent !== identity.agent ||
      open.token.length !== sent.length ||
      !timingSafeEqual(open.token, sent)
    )
      throw new ReeveError(
        'not_found',
        'no such action of this agent waits for a report: it was reported, or too late; GET /actions/ID says how it ended',
      );
    open.end(report);
    return open.call.conclude();
  }

  /** The server ends: whatever was not reported by now stays unknown, on record. */
  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#open.values()];
    for (const { end } of open) end(undefined);
    await Promise.allSettled(open.map(({ call }) => call.conclude()));
  }

  #leave(party: string): void {
    this.#seats--;
    const taken = (this.#taken.get(party) ?? 1) - 1;
    if (taken === 0) this.#taken.delete(party);
    else this.#taken.set(party, taken);
  }
}
