import { ReeveServer } from '../arms/reeve-server.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import type { Bench } from './bench.ts';

/** From the start of the process to the first good answer of /readyz, on an empty data directory. */
export async function measureStart({ upstream, plan, say }: Bench): Promise<Spread> {
  const times: number[] = [];
  for (let number = 0; number < plan.starts; number++) {
    await using server = await ReeveServer.start({
      upstreamPort: upstream.port,
      agents: 10,
      ownPolicies: 5,
      guardrails: true,
    });
    times.push(server.startToReadyMs);
  }
  const spread = spreadOf(times);
  say(`start       ready after ${Math.round(spread.median)} ms`);
  return spread;
}
