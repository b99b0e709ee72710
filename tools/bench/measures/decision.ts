import { chatTarget } from '../arms/chat-request.ts';
import { ReeveServer } from '../arms/reeve-server.ts';
import { MODEL } from '../fleet/bench-fleet.ts';
import { processorMs } from '../process/usage.ts';
import { ratioPerRound, type Spread } from '../statistics.ts';
import type { Target } from '../wire/target.ts';
import type { Bench } from './bench.ts';
import { decisionMicroseconds } from './decision-kernel.ts';

const FEW_AGENTS = 10;
/** Callers among the many, spread over the whole fleet; each asks several times. */
const MANY_CALLERS = 200;

export interface Decision {
  readonly agents: number;
  readonly policies: number;
  /** The evaluator alone, each decision asked of the engine: p50 with the large fleet over p50 with the small one. */
  readonly kernel: Spread;
  /** Latency that a whole governed call adds over the direct one. */
  readonly added: Spread;
  /** Processor time of the server per call. */
  readonly processor: Spread;
  readonly kernelMicroseconds: { readonly few: number; readonly many: number };
  /** Until the large fleet was in force. */
  readonly manyStartMs: number;
  /** The worst of the three. */
  readonly growth: number;
}

/** Does a decision cost more when the fleet is large? Asked in three ways; the worst answer counts. */
export async function measureDecision(bench: Bench): Promise<Decision> {
  const { plan, say } = bench;
  const large = { agents: plan.decisionAgents, ownPolicies: plan.decisionPolicies };
  const kernel = await decisionMicroseconds(FEW_AGENTS, large, plan.rounds);
  await using few = await startFleet(bench, FEW_AGENTS, FEW_AGENTS / 2);
  few.server.process.pause();
  await using many = await startFleet(bench, large.agents, large.ownPolicies);
  many.server.process.pause();
  const rounds = await runRounds(bench, few, many);
  const kernelSpread = ratioPerRound(kernel.many, kernel.few);
  const added = ratioPerRound(minus(rounds.many, rounds.direct), minus(rounds.few, rounds.direct));
  const processor = ratioPerRound(rounds.manyCpu, rounds.fewCpu);
  const growth = Math.max(kernelSpread.median, added.median, processor.median);
  say(
    `decision    ${growth.toFixed(2)} x (evaluator ${kernelSpread.median.toFixed(2)}, added latency ${added.median.toFixed(2)}, processor ${processor.median.toFixed(2)})`,
  );
  return {
    agents: large.agents,
    policies: large.ownPolicies,
    ...{ kernel: kernelSpread, added, processor, growth },
    kernelMicroseconds: { few: kernel.few[0] ?? Number.NaN, many: kernel.many[0] ?? Number.NaN },
    manyStartMs: many.server.startToReadyMs,
  };
}

interface Rounds {
  readonly direct: number[];
  readonly few: number[];
  readonly many: number[];
  readonly fewCpu: number[];
  readonly manyCpu: number[];
}

async function runRounds({ load, upstream, plan }: Bench, few: Fleet, many: Fleet): Promise<Rounds> {
  const rounds: Rounds = { direct: [], few: [], many: [], fewCpu: [], manyCpu: [] };
  const job = (target: Target, seconds: number) =>
    ({ kind: 'open', target, perSecond: plan.latencyPerSecond, seconds }) as const;
  const measure = async (fleet: Fleet, latencies: number[], processor: number[]) => {
    fleet.server.process.resume();
    await load.run(job(fleet.target, 2));
    const before = processorMs(fleet.server.process.pid);
    const { latency, count } = await load.run(job(fleet.target, plan.latencySeconds));
    processor.push((processorMs(fleet.server.process.pid) - before) / count);
    latencies.push(latency.p50);
    fleet.server.process.pause();
  };
  for (let round = 0; round < plan.rounds; round++) {
    rounds.direct.push((await load.run(job(chatTarget(upstream.port), plan.latencySeconds))).latency.p50);
    await measure(few, rounds.few, rounds.fewCpu);
    await measure(many, rounds.many, rounds.manyCpu);
  }
  return rounds;
}

interface Fleet extends AsyncDisposable {
  readonly server: ReeveServer;
  readonly target: Target;
}

async function startFleet({ upstream }: Bench, agents: number, ownPolicies: number): Promise<Fleet> {
  const server = await ReeveServer.start({ upstreamPort: upstream.port, agents, ownPolicies, guardrails: false });
  const callers = Math.min(agents, MANY_CALLERS);
  const numbers = Array.from({ length: callers }, (_, caller) => Math.floor((caller * agents) / callers));
  const target = chatTarget(server.port, { model: MODEL, headers: await server.keys(numbers) });
  return { server, target, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function minus(arm: readonly number[], base: readonly number[]): number[] {
  return arm.map((value, round) => value - (base[round] ?? Number.NaN));
}
