import type { ActionClient } from './action-client.ts';
import { type CallFinding, ReeveDenied, ReeveRefusal, ReeveUnreachable } from './refusals.ts';

export interface CallReport {
  readonly outcome: 'succeeded' | 'failed';
  /** As JSON: guardrails look at it, and policies follow where it goes. */
  readonly result?: unknown;
  readonly error?: string;
  /** The id of what it caused, e.g. of a payment. */
  readonly sideEffect?: string;
  readonly costUsd?: number;
}

/** What a report adds to the result itself. */
export type Describe<R> = (result: R) => Partial<Omit<CallReport, 'outcome'>>;

export interface RunOptions<R> {
  readonly signal?: AbortSignal | undefined;
  readonly describe?: Describe<R> | undefined;
}

export interface PermitFacts<A> {
  readonly tool: string;
  readonly action: string;
  readonly run: string;
  /** To run with: guardrails or the person who approved may have changed them. */
  readonly args: A;
  readonly decision: { readonly verdict: string; readonly findings: readonly CallFinding[] };
  /** Absent where an earlier call with the same idempotency key ran: then `outcome` and `result` are what came of it. */
  readonly report?: { readonly path: string; readonly token: string; readonly withinMs: number } | undefined;
  readonly outcome?: { readonly kind: string } | null;
  readonly result?: unknown;
}

interface ReportAnswer {
  readonly outcome?: { readonly kind: string; readonly code?: string; readonly message?: string };
  readonly rewritten?: unknown;
  readonly stop?: { readonly code: string; readonly message: string } | null;
}

const REPORT_ATTEMPTS = 3;
const RETRY_MS = 300;
const MAX_ERROR_LENGTH = 2_000;

/** Leave to run one call, once. Whoever has it must run it or `abandon` it. */
export class Permit<A extends object = Record<string, unknown>> {
  readonly facts: PermitFacts<A>;
  readonly #client: ActionClient;
  #used = false;

  constructor(client: ActionClient, facts: PermitFacts<A>) {
    this.#client = client;
    this.facts = facts;
  }

  /** Runs it with the arguments that were let pass, reports, and answers with what may be seen of the result. */
  async run<R>(fn: (args: A) => R | PromiseLike<R>, { signal, describe }: RunOptions<R> = {}): Promise<R> {
    const { args, report } = this.facts;
    if (report === undefined) return this.#earlier() as R;
    this.#use();
    if (signal?.aborted === true) {
      await this.#report({ outcome: 'failed', error: 'not run: its caller went away' }, false);
      signal.throwIfAborted();
    }
    let result: R;
    try {
      result = await fn(args);
    } catch (error) {
      throw await this.#failed(error);
    }
    return this.#succeeded(result, describe);
  }

  /** It will not be run. */
  async abandon(why = 'not run'): Promise<void> {
    if (this.#used || this.facts.report === undefined) return;
    this.#use();
    await this.#report({ outcome: 'failed', error: why }, false);
  }

  /** What came of the first call with this key, failures too. */
  #earlier(): unknown {
    const { outcome, result, tool } = this.facts;
    if (outcome?.kind === 'succeeded') return result;
    throw new Error(String((result as { error?: unknown } | null | undefined)?.error ?? `${tool} failed before`));
  }

  /** What its caller throws: the error itself, unless Reeve withholds it. */
  async #failed(error: unknown): Promise<unknown> {
    const message = String(error instanceof Error ? error.message : error).slice(0, MAX_ERROR_LENGTH);
    const { rewritten } = await this.#report({ outcome: 'failed', error: message }, true);
    if (rewritten === undefined) return error;
    return new Error(String((rewritten as { error?: unknown }).error ?? 'the function failed'));
  }

  async #succeeded<R>(result: R, describe: Describe<R> | undefined): Promise<R> {
    try {
      const told: CallReport = { outcome: 'succeeded', result, ...describe?.(result) };
      JSON.stringify(told);
      const { rewritten } = await this.#report(told, true);
      return rewritten === undefined ? result : (rewritten as R);
    } catch (error) {
      if (ReeveRefusal.is(error) && !UNREADABLE.has(error.code)) throw error;
      // That it ran must be on record, though nobody can look at what came of it.
      await this.#report({ outcome: 'succeeded' }, true);
      throw this.#refused('withheld', NOT_SHOWN, error);
    }
  }

  async #report(report: CallReport, ran: boolean): Promise<ReportAnswer> {
    const answer = await this.#send(report, ran);
    const { outcome, stop } = answer;
    if (outcome?.kind === 'withheld')
      throw this.#refused(outcome.code ?? 'withheld', outcome.message ?? 'the result was withheld');
    if (stop !== undefined && stop !== null) throw this.#refused(stop.code, stop.message);
    return answer;
  }

  /** The report is worth more than one attempt: without it nobody knows how it ended. */
  async #send(report: CallReport, ran: boolean): Promise<ReportAnswer> {
    const { tool, report: to } = this.facts;
    if (to === undefined) return {};
    const request = { tool, path: to.path, body: { ...report, token: to.token }, ran };
    let lost: unknown;
    for (let attempt = 1; attempt <= REPORT_ATTEMPTS; attempt++) {
      try {
        return await this.#client.post(request);
      } catch (error) {
        // After a lost answer, "nothing waits for it" may mean that it was heard the first time.
        if (!(error instanceof ReeveUnreachable)) throw lost ?? error;
        lost = error;
      }
      if (attempt < REPORT_ATTEMPTS) await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt));
    }
    throw lost;
  }

  #refused(code: string, message: string, cause?: unknown): ReeveDenied {
    const { tool, action, run } = this.facts;
    return new ReeveDenied({ tool, code, message, action, run, ran: true }, cause);
  }

  #use(): void {
    if (this.#used) throw new Error('a permit is for one call');
    this.#used = true;
  }
}

/** Reports that Reeve could not take as they are. */
const UNREADABLE: ReadonlySet<string> = new Set(['invalid_request', 'payload_too_large']);
const NOT_SHOWN =
  'the function ran, but its result cannot be shown to Reeve as JSON: say what is to be seen of it with `describe`';
