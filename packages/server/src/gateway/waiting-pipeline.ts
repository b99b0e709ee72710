import type { ApprovalId } from '@reeve/contracts';
import type { ApprovalDesk, ApprovalState } from '../approvals/index.ts';
import type { CompletedAction, ProposedAction } from './action.ts';
import type { Pipeline } from './pipeline-port.ts';
import { WaitingRoom } from './waiting-room.ts';

/** How an action ended, and where people answer for it if it is held. */
export interface Waited extends CompletedAction {
  readonly approvalUrl?: string;
}

/** Makes the action anew for every pass: a new id, and an operation that nothing has been done to. */
export type Propose = () => ProposedAction;

export interface Wait {
  /** How long the caller is kept waiting while it is held. `configured`: as long as the Approvals objects that cover the call say. */
  readonly forMs: number | 'configured';
  /** Told at once when it begins to wait, then every few seconds, so that the caller knows that it is still alive. */
  readonly onProgress?: (held: { readonly approval: ApprovalId; readonly waitedMs: number }) => void;
  /** Aborts where there is nothing to wait for any more, though the caller is still there. */
  readonly giveUp?: AbortSignal;
}

export interface WaitingParts {
  readonly pipeline: Pipeline;
  readonly desk: Pick<ApprovalDesk, 'wait'>;
  readonly approvalUrl: (approval: ApprovalId) => string;
  /** How long operators let a held call of this kind be kept open. */
  readonly holdMs: (held: CompletedAction) => number;
}

/** Longest that any call is kept waiting: well below the time-outs of clients. */
export const MAX_WAIT_MS = 5 * 60_000;
/** An approval may be void when it is used (the fleet changed), and asked for anew. */
const MAX_PASSES = 5;
const PROGRESS_EVERY_MS = 5_000;
export const NO_WAIT: Wait = { forMs: 0 };

/**
 * The pipeline for callers that would rather wait than call again. What waits holds nothing: its first pass is over and recorded.
 * INVARIANT: what people approved passes the whole pipeline again as an action of its own; nothing runs on the decision that held it.
 */
export class WaitingPipeline {
  readonly #parts: WaitingParts;
  readonly #room = new WaitingRoom();

  constructor(parts: WaitingParts) {
    this.#parts = parts;
  }

  async run(propose: Propose, wait: Wait = NO_WAIT): Promise<Waited> {
    const first = await this.pass(propose);
    return first.approvalUrl === undefined ? first : this.resume(first, propose, wait);
  }

  /** One pass, without waiting. */
  async pass(propose: Propose): Promise<Waited> {
    const completed = await this.#parts.pipeline.run(propose());
    const { approval } = completed.outcome;
    return approval === undefined ? completed : { ...completed, approvalUrl: this.#parts.approvalUrl(approval) };
  }

  /** Waits for what people say of an action that is held, then passes it again; anything else comes back as it is. */
  async resume(held: Waited, propose: Propose, wait: Wait): Promise<Waited> {
    const asked = wait.forMs === 'configured' ? this.#parts.holdMs(held) : wait.forMs;
    const untilMs = performance.now() + Math.min(asked, MAX_WAIT_MS);
    let latest = held;
    for (let passes = 1; passes < MAX_PASSES; passes++) {
      const { approval } = latest.outcome;
      const leftMs = untilMs - performance.now();
      if (latest.outcome.kind !== 'held' || approval === undefined || leftMs <= 0) return latest;
      const state = await this.#waitFor(latest, approval, leftMs, wait);
      if (state === 'pending') return latest;
      // Who said no, and why, is told by the desk when it is asked again.
      if (state !== 'approved' && state !== 'denied') return endedUnanswered(latest, state);
      latest = await this.pass(propose);
    }
    return latest;
  }

  /** Whoever waits is answered at once: the server shuts down. */
  stop(): void {
    this.#room.close();
  }

  /** `pending` also where there is no room to wait, or nobody left who does. */
  async #waitFor(held: Waited, approval: ApprovalId, timeoutMs: number, wait: Wait): Promise<ApprovalState> {
    const { action } = held;
    const seat = this.#room.enter('agent' in action ? `${action.fleet.workspace} ${action.agent.name}` : '');
    if (seat === undefined) return 'pending';
    const leave = () => seat.abort();
    const { giveUp, onProgress } = wait;
    for (const signal of [action.callerGone, giveUp]) signal?.addEventListener('abort', leave, { once: true });
    const beganMs = performance.now();
    const tell = () => onProgress?.({ approval, waitedMs: performance.now() - beganMs });
    const telling = onProgress === undefined ? undefined : setInterval(tell, PROGRESS_EVERY_MS);
    try {
      if (action.callerGone.aborted || giveUp?.aborted === true) return 'pending';
      tell();
      const state = await this.#parts.desk.wait(approval, { timeoutMs, signal: seat.signal });
      return seat.signal.aborted ? 'pending' : state;
    } finally {
      clearInterval(telling);
      for (const signal of [action.callerGone, giveUp]) signal?.removeEventListener('abort', leave);
      this.#room.leave(seat);
    }
  }
}

const UNANSWERED: Readonly<Record<Exclude<ApprovalState, 'pending' | 'approved' | 'denied'>, string>> = {
  expired: 'nobody answered in time, which means no; call again to ask anew',
  used: 'another call used the approval; call again to ask anew',
  withdrawn: 'the approval was withdrawn; call again to ask anew',
};

/** The action ended as held, and is on record so; its caller hears how the approval ended. Passing again would ask people anew. */
function endedUnanswered(held: Waited, state: keyof typeof UNANSWERED): Waited {
  return { ...held, outcome: { ...held.outcome, kind: 'denied', message: UNANSWERED[state] } };
}
