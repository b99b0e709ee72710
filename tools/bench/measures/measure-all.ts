import type { RunningArm } from '../arms/arm.ts';
import type { MeasureName } from '../options.ts';
import type { Measured } from '../report/figures.ts';
import type { Bench } from './bench.ts';
import { measureDecision } from './decision.ts';
import { measureLatency } from './latency.ts';
import { measureLedger } from './ledger.ts';
import { measureMcp } from './mcp.ts';
import { measureMemory } from './memory.ts';
import { measureShould } from './should.ts';
import { measureStart } from './start.ts';
import { measureStreams } from './streams.ts';
import { measureThroughput } from './throughput.ts';

/** One measure after the other; the arms end before measures that start servers of their own. */
export async function measureAll(
  bench: Bench,
  arms: readonly RunningArm[],
  names: readonly MeasureName[],
): Promise<Measured> {
  const measured: Measured = {};
  const wants = (name: MeasureName) => names.includes(name);
  if (wants('throughput')) measured.throughput = await measureThroughput(bench, arms);
  if (wants('latency')) measured.latency = await measureLatency(bench, arms);
  for (const arm of arms) await arm.stop();
  if (wants('mcp')) measured.mcp = await measureMcp(bench);
  if (wants('should')) measured.should = await measureShould(bench);
  if (wants('streams')) measured.streams = await measureStreams(bench);
  if (wants('decision')) measured.decision = await measureDecision(bench);
  if (wants('ledger')) measured.ledger = await measureLedger(bench);
  if (wants('memory')) measured.memory = await measureMemory(bench);
  if (wants('start')) measured.start = await measureStart(bench);
  return measured;
}
