import type { BacktestReport, FleetSource, LocatedProblem } from '@reeve/contracts';
import { declaredTool, Flows } from '../../../flows/index.ts';
import { openSqlite, type Statement, type Storage } from '../../../storage/index.ts';
import { Candidate, type Judged } from '../candidate.ts';
import { candidateRisk } from '../candidate-risk.ts';
import { PastAgents } from './past-agents.ts';
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
  /** An empty directory for the state of signals; whoever gives the order removes it. */
  readonly directory: string;
}

export type ReplayReport = ReturnType<Tally['report']> & Pick<BacktestReport, 'neverMatched' | 'version'>;

interface Opened {
  readonly replayer: Replayer | undefined;
  readonly problems: readonly LocatedProblem[];
}

const EVERY_APPROVER = ['every approver of the workspace'];

/** Judges recorded calls in their order, in a state that began empty, by a clock that shows the time of the call. */
export class Replayer implements AsyncDisposable {
  readonly #candidate: Candidate;
  readonly #storage: Storage;
  readonly #own: AsyncDisposableStack;
  readonly #clock: { atMs: number };
  readonly #agents: PastAgents;
  readonly #flows: Flows;
  readonly #tally: Tally;
  readonly #agent: string | undefined;
  #unit: Statement[] = [];
  #written: Promise<unknown> | undefined;

  private constructor(
    order: ReplayOrder,
    parts: {
      readonly candidate: Candidate;
      readonly storage: Storage;
      readonly own: AsyncDisposableStack;
      readonly clock: { atMs: number };
      readonly agents: PastAgents;
    },
  ) {
    this.#candidate = parts.candidate;
    this.#storage = parts.storage;
    this.#own = parts.own;
    this.#clock = parts.clock;
    this.#agents = parts.agents;
    this.#flows = new Flows({ toolOf: (_scope, name) => declaredTool(parts.candidate.fleet, name) });
    this.#tally = new Tally(order.listed);
    this.#agent = order.agent;
  }

  static async open(order: ReplayOrder): Promise<Opened> {
    await using opening = new AsyncDisposableStack();
    const storage = opening.use(await openSqlite(order.directory));
    const clock = { atMs: 0 };
    const agents = new PastAgents();
    const risk = opening.use(candidateRisk({ storage, history: agents.history, now: () => clock.atMs }));
    const { candidate, problems } = await Candidate.ofSource(order.source, { risk }, order.workspace);
    if (candidate === undefined) return { replayer: undefined, problems };
    const own = opening.move();
    return { replayer: new Replayer(order, { candidate, storage, own, clock, agents }), problems };
  }

  get workspace(): string {
    return this.#candidate.fleet.workspace;
  }

  get changed(): number {
    return this.#tally.changed;
  }

  async replay(calls: readonly RecordedCall[]): Promise<void> {
    for (const recorded of calls) {
      this.#clock.atMs = recorded.call.atMs;
      const call = { ...recorded.call, labels: this.#flows.labels(this.#scope(recorded)) };
      const judged = this.#candidate.judge(call);
      this.#take(recorded, judged instanceof Promise ? await judged : judged);
    }
    await this.#written;
    const unit = this.#unit;
    this.#unit = [];
    if (unit.length > 0) this.#write(unit);
  }

  /** One unit is on its way while the next calls are judged; what it says is in memory already. */
  #write(unit: readonly Statement[]): void {
    const written = this.#storage.write(unit, 'process');
    // Whoever waits for it hears of a failure; until then nobody does.
    written.catch(() => undefined);
    this.#written = written;
  }

  /** A held call counts as executed if it was then: what people would say is taken from what they said. */
  #take(recorded: RecordedCall, judged: Judged): void {
    const { call, executed } = recorded;
    const { verdict } = judged.decision;
    const passes = verdict === 'hold' ? executed : verdict !== 'deny';
    if (!passes) judged.assessment?.withdraw();
    else if (judged.assessment !== undefined) this.#unit.push(...judged.assessment.statements());
    this.#agents.add(call.agent, call.atMs, verdict === 'deny');
    if (passes && judged.tool !== undefined) this.#labelled(recorded, judged.tool);
    if (this.#agent === undefined || this.#agent === call.agent)
      this.#tally.add(recorded, judged, () => this.#approversOf(recorded, judged));
  }

  /** What a result carries is declared with its tool; what it said is not read again. */
  #labelled(recorded: RecordedCall, { declaration, effect, trust, args }: NonNullable<Judged['tool']>): void {
    const { action, target } = recorded.call;
    this.#flows.received({ ...this.#scope(recorded), action, target, effect, declaration, trust, args, texts: [] });
  }

  #scope({ call: { agent, run, root, atMs } }: RecordedCall) {
    return { workspace: this.workspace, agent, run, root, atMs };
  }

  #approversOf({ call }: RecordedCall, { tool }: Judged): readonly string[] {
    const { approvers } = this.#candidate.approvals.of(call.agent, call.target, tool?.effect ?? 'read');
    return approvers.length === 0 ? EVERY_APPROVER : approvers;
  }

  report(): ReplayReport {
    const { fleet } = this.#candidate;
    const neverMatched = this.#candidate.rules().filter(({ by, rule }) => !this.#tally.spoke(by, rule));
    return { ...this.#tally.report(), neverMatched, version: fleet.version };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own.disposeAsync();
  }
}
