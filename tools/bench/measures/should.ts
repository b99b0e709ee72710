import { ReeveServer } from '../arms/reeve-server.ts';
import { agentName, TOOL_SERVER } from '../fleet/bench-fleet.ts';
import { RULE_COUNTS } from '../fleet/bench-rules.ts';
import { processorMs } from '../process/usage.ts';
import { addedPerRound, type Latency, type Spread } from '../statistics.ts';
import type { Target } from '../wire/target.ts';
import { toolCallTarget } from '../wire/tool-call.ts';
import type { Bench } from './bench.ts';

/** Calls of many runs in turn, so that none grows longer than runs do. */
const RUNS = 250;
const WARM_SECONDS = 2;
/** Two tails are compared, so more rounds are taken than where a middle is: one slow fsync decides about a tail. */
const ROUNDS_EACH = 3;

export interface Should {
  readonly plain: readonly Latency[];
  readonly governed: readonly Latency[];
  /** What asking "should it?" adds to a governed tool call, round by round. */
  readonly addedP50Ms: Spread;
  readonly addedP99Ms: Spread;
  /** Processor time that it adds to a call. */
  readonly processorMs: Spread;
  readonly rules: typeof RULE_COUNTS;
}

interface Arm extends AsyncDisposable {
  readonly server: ReeveServer;
  readonly target: Target;
  readonly latencies: Latency[];
  readonly processor: number[];
}

/** The same governed tool call on two servers that differ in nothing but their rules; one is stopped while the other is asked. */
export async function measureShould(bench: Bench): Promise<Should> {
  const { plan, say } = bench;
  await using plain = await startArm(bench, false);
  await using governed = await startArm(bench, true);
  for (const arm of [plain, governed]) await run(bench, arm, WARM_SECONDS);
  await assertAsked(plain, false);
  await assertAsked(governed, true);
  for (let round = 0; round < plan.rounds * ROUNDS_EACH; round++)
    for (const arm of round % 2 === 0 ? [plain, governed] : [governed, plain])
      await measure(bench, arm, plan.latencySeconds);
  const added = (part: 'p50' | 'p99') =>
    addedPerRound(
      governed.latencies.map((latency) => latency[part]),
      plain.latencies.map((latency) => latency[part]),
    );
  const [addedP50Ms, addedP99Ms] = [added('p50'), added('p99')];
  say(`should      added p50 ${addedP50Ms.median.toFixed(3)} ms, p99 ${addedP99Ms.median.toFixed(3)} ms`);
  return {
    plain: plain.latencies,
    governed: governed.latencies,
    ...{ addedP50Ms, addedP99Ms },
    processorMs: addedPerRound(governed.processor, plain.processor),
    rules: RULE_COUNTS,
  };
}

async function startArm({ upstream }: Bench, should: boolean): Promise<Arm> {
  const server = await ReeveServer.start({
    upstreamPort: upstream.port,
    agents: 2,
    ownPolicies: 2,
    guardrails: false,
    should,
  });
  const [credential] = await server.keys([0]);
  const calls = Array.from({ length: RUNS }, (_, number) => ({
    headers: { ...credential, 'x-reeve-run': `run-${number}` },
    title: `order ${number}`,
  }));
  server.process.pause();
  return {
    server,
    target: toolCallTarget(server.port, `/mcp/${TOOL_SERVER}`, calls),
    latencies: [],
    processor: [],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function measure(bench: Bench, arm: Arm, seconds: number): Promise<void> {
  const before = processorMs(arm.server.process.pid);
  const { latency, count } = await run(bench, arm, seconds);
  arm.latencies.push(latency);
  arm.processor.push((processorMs(arm.server.process.pid) - before) / count);
}

async function run({ load, plan }: Bench, { server, target }: Arm, seconds: number) {
  server.process.resume();
  try {
    return await load.run({ kind: 'open', target, perSecond: plan.latencyPerSecond, seconds });
  } finally {
    server.process.pause();
  }
}

/** A figure about rules is worth nothing where none was asked. */
async function assertAsked({ server }: Arm, expected: boolean): Promise<void> {
  server.process.resume();
  const { items } = await server.client().call('actions.list', { query: { agent: agentName(0), limit: 1 } });
  server.process.pause();
  const asked = items[0]?.findings.some(({ by, score }) => by === 'risk' && score !== null) === true;
  if (asked !== expected)
    throw new Error(expected ? "the bench's rules were not asked" : 'rules were asked where none are');
}
