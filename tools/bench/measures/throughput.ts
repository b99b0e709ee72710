import type { ArmName, RunningArm } from '../arms/arm.ts';
import { alternate } from './alternate.ts';
import type { Bench } from './bench.ts';

export interface Throughput {
  /** Requests per second, a value for each round. */
  readonly perSecond: ReadonlyMap<ArmName, readonly number[]>;
  readonly failed: ReadonlyMap<ArmName, string>;
}

/** How many calls go through when every connection always has one open. */
export async function measureThroughput(bench: Bench, arms: readonly RunningArm[]): Promise<Throughput> {
  const { load, plan, say } = bench;
  const { connections, warmSeconds, throughputSeconds } = plan;
  const { results, failed } = await alternate(arms, plan.rounds, async (arm) => {
    await load.run({ kind: 'closed', target: arm.chat, connections, seconds: warmSeconds });
    const { count, elapsedSeconds } = await load.run({
      kind: 'closed',
      target: arm.chat,
      connections,
      seconds: throughputSeconds,
    });
    say(`throughput  ${arm.name.padEnd(14)} ${Math.round(count / elapsedSeconds)} req/s`);
    return count / elapsedSeconds;
  });
  return { perSecond: results, failed };
}
