import type { BacktestReport, FleetSource, LocatedProblem } from '@reeve/contracts';
import { Candidate, type Judged } from '../candidate.ts';
import type { RecordedCall } from './recorded-call.ts';
import { Tally } from './tally.ts';

export interface ReplayOrder {
  readonly source: FleetSource;
  /** Where the source names none. */
  readonly workspace: string;
  /** Only its calls are reported; those of others still count in signals. */
  readonly agent: string | undefined;
  /** How many changed calls are named. */
  readonly listed: number;
}

export type ReplayReport = ReturnType<Tally['report']> & Pick<BacktestReport, 'neverMatched' | 'version'>;

/** Judges recorded calls in their order, in a state that began empty. */
export class Replayer {
  readonly #candidate: Candidate;
  readonly #tally: Tally;
  readonly #agent: string | undefined;

  private constructor(candidate: Candidate, order: ReplayOrder) {
    this.#candidate = candidate;
    this.#tally = new Tally(order.listed);
    this.#agent = order.agent;
  }

  static async open(
    order: ReplayOrder,
  ): Promise<{ replayer: Replayer | undefined; problems: readonly LocatedProblem[] }> {
    const { candidate, problems } = await Candidate.ofSource(order.source, {}, order.workspace);
    return { replayer: candidate && new Replayer(candidate, order), problems };
  }

  get workspace(): string {
    return this.#candidate.fleet.workspace;
  }

  get changed(): number {
    return this.#tally.changed;
  }

  async replay(calls: readonly RecordedCall[]): Promise<void> {
    for (const recorded of calls) {
      const judged = this.#candidate.judge(recorded.call);
      this.#take(recorded, judged instanceof Promise ? await judged : judged);
    }
  }

  /** A held call counts in signals if it was executed then: what people would say is taken from what they said. */
  #take(recorded: RecordedCall, judged: Judged): void {
    const { verdict } = judged.decision;
    if (verdict === 'deny' || (verdict === 'hold' && !recorded.executed)) judged.assessment?.withdraw();
    if (this.#agent !== undefined && this.#agent !== recorded.call.agent) return;
    this.#tally.add(recorded, judged, () => []);
  }

  report(): ReplayReport {
    const { policies, fleet } = this.#candidate;
    const neverMatched = policies
      .list(fleet.workspace)
      .filter(({ id, base }) => !base && !this.#tally.spoke('policy', id))
      .map(({ id, file }) => ({ rule: id, by: 'policy', file }));
    return { ...this.#tally.report(), neverMatched, version: fleet.version };
  }
}
