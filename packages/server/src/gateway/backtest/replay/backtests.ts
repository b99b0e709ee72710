import type { BacktestId, BacktestView, FleetSource } from '@reeve/contracts';
import { newId, ReeveError } from '../../../lib/index.ts';
import { BacktestJob, type JobParts } from './backtest-job.ts';
import type { ReplayPeer } from './replay-session.ts';
import { ReplayThread } from './replay-thread.ts';

interface BacktestsParts extends Omit<JobParts, 'now'> {
  /** The files of the fleet in force. */
  readonly inForce: (workspace: string) => Promise<FleetSource>;
  /** Who judges. Default: a thread of its own for each. */
  readonly openPeer?: () => ReplayPeer;
  readonly now?: () => number;
}

export interface BacktestRequest {
  readonly workspace: string;
  /** Default: the fleet in force. */
  readonly source?: FleetSource | undefined;
  readonly sinceMs: number;
  readonly agent?: string | undefined;
  readonly listed: number;
  /** At most so many actions, the newest. */
  readonly limit: number;
}

const MAX_KEPT = 20;

/** Replays recorded traffic through fleets that are not in force, one at a time, beside the thread that serves. */
export class Backtests implements AsyncDisposable {
  readonly #parts: BacktestsParts;
  readonly #now: () => number;
  readonly #jobs = new Map<BacktestId, BacktestJob>();

  constructor(parts: BacktestsParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** Answers once the candidate is compiled; it then runs by itself. */
  async start(request: BacktestRequest): Promise<BacktestView> {
    const source = request.source ?? (await this.#parts.inForce(request.workspace));
    // From here to the job's place among the others nothing is awaited, so that of two starts one hears of the other.
    const [running] = [...this.#jobs.values()].filter((job) => job.running);
    if (running !== undefined)
      throw new ReeveError('conflict', `back-test ${running.id} is running: wait for it, or cancel it`);
    const job = new BacktestJob(newId('backtest', this.#now()), request, { ...this.#parts, now: this.#now });
    this.#keep(job);
    await job.begin(this.#parts.openPeer?.() ?? new ReplayThread(), source);
    return job.view();
  }

  /** Throws `not_found`. */
  get(workspace: string, id: string): BacktestView {
    return this.#job(workspace, id).view();
  }

  /** Ends it; what it found so far is gone. */
  async cancel(workspace: string, id: string): Promise<BacktestView> {
    const job = this.#job(workspace, id);
    await job.cancel();
    return job.view();
  }

  #job(workspace: string, id: string): BacktestJob {
    const job = this.#jobs.get(id as BacktestId);
    if (job === undefined || job.workspace !== workspace)
      throw new ReeveError('not_found', 'there is no back-test of this id; the server remembers the last few only');
    return job;
  }

  #keep(job: BacktestJob): void {
    this.#jobs.set(job.id, job);
    for (const [id, { running }] of this.#jobs) {
      if (this.#jobs.size <= MAX_KEPT) return;
      if (!running) this.#jobs.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#jobs.values()].map((job) => job.cancel()));
  }
}
