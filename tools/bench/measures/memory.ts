import { setTimeout as delay } from 'node:timers/promises';
import { chatTarget } from '../arms/chat-request.ts';
import { ReeveServer } from '../arms/reeve-server.ts';
import { MODEL } from '../fleet/bench-fleet.ts';
import { residentBytes } from '../process/usage.ts';
import type { Bench } from './bench.ts';

export interface Memory {
  readonly calls: number;
  readonly firstBytes: number;
  readonly lastBytes: number;
  readonly growth: number;
}

const CONNECTIONS = 16;
const MAX_SECONDS = 900;
/** What is on its way to disk when the last reply ends is no growth. */
const SETTLE_MS = 3_000;

/** Memory of a server after its first calls, and after many more: nothing may be kept per call. */
export async function measureMemory({ load, upstream, plan, say }: Bench): Promise<Memory> {
  await using server = await ReeveServer.start({
    upstreamPort: upstream.port,
    agents: 2,
    ownPolicies: 2,
    guardrails: false,
  });
  const target = chatTarget(server.port, { model: MODEL, headers: await server.keys([0, 1]) });
  const call = async (calls: number) => {
    await load.run({ kind: 'closed', target, connections: CONNECTIONS, seconds: MAX_SECONDS, calls });
    await delay(SETTLE_MS);
    return residentBytes(server.process.pid);
  };
  const firstBytes = await call(plan.memoryFirstCalls);
  const lastBytes = await call(plan.memoryCalls - plan.memoryFirstCalls);
  const growth = lastBytes / firstBytes;
  say(`memory      ${growth.toFixed(2)} x after ${plan.memoryCalls} calls`);
  return { calls: plan.memoryCalls, firstBytes, lastBytes, growth };
}
