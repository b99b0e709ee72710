import { must } from '../../lib/index.ts';
import type { DecidedAction, WholeReply } from '../action.ts';
import type { Waited } from '../waiting-pipeline.ts';

/** What its caller hears who may run it now. */
export interface Permit {
  readonly action: DecidedAction;
  readonly args: Readonly<Record<string, unknown>>;
  readonly token: string;
  readonly withinMs: number;
}

export interface Reported {
  readonly ended: Waited;
  /** As reported, before anything looked at it. */
  readonly reply: WholeReply | undefined;
  /** Why its caller must do nothing more, where somebody stopped it meanwhile. */
  readonly stopped: unknown;
}

/** One request to be advised: it may pass the pipeline several times while people decide, and is let run at most once. */
export class AdvisedCall {
  readonly #permitted = Promise.withResolvers<Permit>();
  readonly #leave: (() => void)[] = [];
  #ended: Promise<Waited> | undefined;
  #permit: Permit | undefined;
  #reply: WholeReply | undefined;

  /** Passes the pipeline. Answers as soon as the caller may run it, or it ended without. */
  begin(run: () => Promise<Waited>): Promise<{ permit: Permit } | { ended: Waited }> {
    const ended = run().finally(() => {
      for (const leave of this.#leave) leave();
    });
    this.#ended = ended;
    return Promise.race([
      this.#permitted.promise.then((permit) => ({ permit })),
      ended.then((waited) => ({ ended: waited })),
    ]);
  }

  /** Gives back a place when the call has ended. */
  atEnd(leave: () => void): void {
    this.#leave.push(leave);
  }

  permit(permit: Permit): void {
    this.#permit = permit;
    this.#permitted.resolve(permit);
  }

  /** As its caller reported it, before anything looked at it. */
  reported(reply: WholeReply): WholeReply {
    this.#reply = reply;
    return reply;
  }

  /** How it ended by the report. */
  async conclude(): Promise<Reported> {
    const ended = await must(this.#ended, 'a call that began');
    const signal = this.#permit?.action.signal;
    return { ended, reply: this.#reply, stopped: signal?.aborted === true ? signal.reason : undefined };
  }
}
