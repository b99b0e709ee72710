import { ReeveServer } from '../arms/reeve-server.ts';
import { TOOL_SERVER } from '../fleet/bench-fleet.ts';
import type { Target } from '../wire/target.ts';
import { toolCallTarget } from '../wire/tool-call.ts';
import type { Bench } from './bench.ts';
import { measurePair, type Pair } from './pair.ts';

/** A tool call that writes: its intent is on disk before the tool server hears of it. */
export async function measureMcp({ load, upstream, plan, say }: Bench): Promise<Pair> {
  await using server = await ReeveServer.start({
    upstreamPort: upstream.port,
    agents: 2,
    ownPolicies: 2,
    guardrails: false,
  });
  const headers = await server.keys([0]);
  const job = (target: Target) =>
    ({ kind: 'open', target, perSecond: plan.mcpPerSecond, seconds: plan.latencySeconds }) as const;
  const governed = toolCallTarget(server.port, `/mcp/${TOOL_SERVER}`, [{ headers: headers[0] ?? {} }]);
  const direct = toolCallTarget(upstream.port, '/mcp', [{ headers: {} }]);
  const pair = await measurePair(load, plan.rounds, job(direct), job(governed));
  say(`mcp         added p50 ${pair.addedP50Ms.median.toFixed(3)} ms`);
  return pair;
}
