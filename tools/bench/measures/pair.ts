import type { Job } from '../load/job.ts';
import type { LoadGenerator } from '../load/load-generator.ts';
import { addedPerRound, type Latency, type Spread } from '../statistics.ts';

export interface Pair {
  readonly direct: readonly Latency[];
  readonly governed: readonly Latency[];
  /** Of the medians, round by round. */
  readonly addedP50Ms: Spread;
  readonly addedP99Ms: Spread;
}

/** The same job straight to the upstream and through a server, in turn. */
export async function measurePair(load: LoadGenerator, rounds: number, direct: Job, governed: Job): Promise<Pair> {
  await load.run({ ...direct, seconds: 1 });
  await load.run({ ...governed, seconds: 1 });
  const latencies: { direct: Latency[]; governed: Latency[] } = { direct: [], governed: [] };
  for (let round = 0; round < rounds; round++) {
    latencies.direct.push((await load.run(direct)).latency);
    latencies.governed.push((await load.run(governed)).latency);
  }
  const added = (part: 'p50' | 'p99') =>
    addedPerRound(
      latencies.governed.map((latency) => latency[part]),
      latencies.direct.map((latency) => latency[part]),
    );
  return { ...latencies, addedP50Ms: added('p50'), addedP99Ms: added('p99') };
}
