import { streamTarget } from '../arms/chat-request.ts';
import { ReeveServer } from '../arms/reeve-server.ts';
import { MODEL } from '../fleet/bench-fleet.ts';
import type { Target } from '../wire/target.ts';
import type { Bench } from './bench.ts';
import { measurePair, type Pair } from './pair.ts';

/** From the upstream's clock in each chunk to its arrival, with and without Reeve between. */
export async function measureStreams({ load, upstream, plan, say }: Bench): Promise<Pair> {
  await using server = await ReeveServer.start({
    upstreamPort: upstream.port,
    agents: 2,
    ownPolicies: 2,
    guardrails: false,
  });
  const headers = await server.keys([0]);
  const job = (target: Target) =>
    ({ kind: 'streams', target, streams: plan.streams, seconds: plan.streamSeconds }) as const;
  const governed = streamTarget(server.port, { model: MODEL, headers });
  const pair = await measurePair(load, plan.rounds, job(streamTarget(upstream.port)), job(governed));
  say(`streams     added per chunk p50 ${pair.addedP50Ms.median.toFixed(3)} ms`);
  return pair;
}
