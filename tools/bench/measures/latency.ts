import type { ArmName, RunningArm } from '../arms/arm.ts';
import type { Latency } from '../statistics.ts';
import { alternate } from './alternate.ts';
import type { Bench } from './bench.ts';

export interface Latencies {
  readonly rounds: ReadonlyMap<ArmName, readonly Latency[]>;
  readonly failed: ReadonlyMap<ArmName, string>;
}

/** What one caller feels at a rate that every arm can take, counted from the moment at which the call was due. */
export async function measureLatency(bench: Bench, arms: readonly RunningArm[]): Promise<Latencies> {
  const { load, plan, say } = bench;
  const { latencyPerSecond: perSecond, latencySeconds: seconds } = plan;
  const { results, failed } = await alternate(arms, plan.rounds, async (arm) => {
    await load.run({ kind: 'open', target: arm.chat, perSecond, seconds: 1 });
    const { latency } = await load.run({ kind: 'open', target: arm.chat, perSecond, seconds });
    say(`latency     ${arm.name.padEnd(14)} p50 ${latency.p50.toFixed(3)} ms, p99 ${latency.p99.toFixed(3)} ms`);
    return latency;
  });
  return { rounds: results, failed };
}
