import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BacktestId, BacktestReport, BacktestView, FleetSource, LocatedProblem } from '@reeve/contracts';
import type { ActionHistory, ActionRecord, ReplayWindow } from '../../../traces/index.ts';
import type { BacktestRequest } from './backtests.ts';
import { medianWaitSeconds, type WaitsOfPeople } from './median-wait.ts';
import { type RecordedPayloads, recordedArgs } from './recorded-args.ts';
import { type NotReplayed, type RecordedCall, reachedRules, recordedCall } from './recorded-call.ts';
import type { ReplayPeer } from './replay-session.ts';

export interface JobParts {
  readonly history: ActionHistory;
  readonly payloads: RecordedPayloads;
  /** How long people took so far. */
  readonly waits?: WaitsOfPeople;
  readonly now: () => number;
}

/** Rows read in one turn of the thread that serves: a few milliseconds. */
const PAGE = 100;
const MAX_RUN_MS = 15 * 60_000;

/** One back-test: reads here, in slices, and judges in a thread of its own. */
export class BacktestJob {
  readonly id: BacktestId;
  workspace: string;
  readonly #request: BacktestRequest;
  readonly #parts: JobParts;
  readonly #startedMs: number;
  readonly #skipped: Record<NotReplayed, number> = { beforeRules: 0, erased: 0, tooLarge: 0, neverKept: 0 };
  #state: BacktestView['state'] = 'running';
  #problems: readonly LocatedProblem[] = [];
  #failure: string | undefined;
  #peer: ReplayPeer | undefined;
  #directory: string | undefined;
  #window: ReplayWindow | undefined;
  #done = 0;
  #changed = 0;
  #endedMs: number | undefined;
  #report: BacktestReport | undefined;

  constructor(id: BacktestId, request: BacktestRequest, parts: JobParts) {
    this.id = id;
    this.workspace = request.workspace;
    this.#request = request;
    this.#parts = parts;
    this.#startedMs = parts.now();
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  async begin(peer: ReplayPeer, source: FleetSource): Promise<void> {
    this.#peer = peer;
    const { agent, listed, workspace } = this.#request;
    try {
      this.#directory = await mkdtemp(join(tmpdir(), 'reeve-backtest-'));
      const order = { source, workspace, agent, listed, directory: this.#directory };
      const opened = await peer.ask({ kind: 'open', order });
      this.workspace = opened.workspace;
      this.#problems = opened.problems;
      if (opened.problems.length > 0) return await this.#end('failed');
    } catch (error) {
      await this.#fail(error);
      throw error;
    }
    void this.#run(peer).catch((error: unknown) => this.#fail(error));
  }

  async #run(peer: ReplayPeer): Promise<void> {
    const { sinceMs, limit } = this.#request;
    const window = await this.#parts.history.window(this.workspace, { sinceMs, untilMs: this.#startedMs, limit });
    this.#window = window;
    let judging: Promise<void> | undefined;
    for await (const page of this.#parts.history.pages(this.workspace, window, PAGE)) {
      const calls = await this.#callsOf(page);
      // The next page is read while this one is judged.
      await judging;
      if (this.#state !== 'running') return;
      if (this.#parts.now() - this.#startedMs > MAX_RUN_MS)
        throw new Error(`it ran longer than ${MAX_RUN_MS / 60_000} minutes; ask for a shorter time`);
      judging = this.#judge(peer, calls, page.length);
      judging.catch(() => undefined);
    }
    await judging;
    const { report } = await peer.ask({ kind: 'report' });
    const median = await medianWaitSeconds(this.#parts.waits, this.workspace, sinceMs);
    this.#report = {
      ...report,
      since: iso(sinceMs),
      until: iso(this.#startedMs),
      truncated: window.truncated,
      notReplayed: this.#skipped,
      load: { ...report.load, medianWaitSeconds: median },
    };
    await this.#end('finished');
  }

  async #judge(peer: ReplayPeer, calls: readonly RecordedCall[], rows: number): Promise<void> {
    const { changed } = await peer.ask({ kind: 'calls', calls });
    this.#done += rows;
    this.#changed = changed;
  }

  async #callsOf(page: readonly ActionRecord[]): Promise<RecordedCall[]> {
    const read = await Promise.all(page.map((record) => this.#callOf(record)));
    return read.filter((call) => call !== undefined);
  }

  async #callOf(record: ActionRecord): Promise<RecordedCall | undefined> {
    const args = reachedRules(record) ? await recordedArgs(this.#parts.payloads, record) : 'beforeRules';
    if (typeof args !== 'string') return recordedCall(record, args);
    const { agent } = this.#request;
    if (agent === undefined || agent === record.agent) this.#skipped[args]++;
    return undefined;
  }

  async cancel(): Promise<void> {
    if (this.running) await this.#end('cancelled');
  }

  async #fail(error: unknown): Promise<void> {
    if (!this.running) return;
    this.#failure = error instanceof Error ? error.message : String(error);
    await this.#end('failed');
  }

  async #end(state: BacktestView['state']): Promise<void> {
    this.#state = state;
    this.#endedMs = this.#parts.now();
    await this.#peer?.[Symbol.asyncDispose]();
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }

  view(): BacktestView {
    return {
      id: this.id,
      workspace: this.workspace,
      state: this.#state,
      problems: [...this.#problems],
      failure: this.#failure ?? null,
      actions: this.#window?.actions ?? null,
      done: this.#done,
      changed: this.#changed,
      seconds: ((this.#endedMs ?? this.#parts.now()) - this.#startedMs) / 1_000,
      report: this.#report ?? null,
    };
  }
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
