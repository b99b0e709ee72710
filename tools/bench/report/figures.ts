import type { Decision } from '../measures/decision.ts';
import type { Latencies } from '../measures/latency.ts';
import type { LedgerVerify } from '../measures/ledger.ts';
import type { Memory } from '../measures/memory.ts';
import type { Pair } from '../measures/pair.ts';
import type { Should } from '../measures/should.ts';
import type { Throughput } from '../measures/throughput.ts';
import type { Spread } from '../statistics.ts';

/** What was measured; a measure that was left out or failed is absent. */
export interface Measured {
  throughput?: Throughput;
  latency?: Latencies;
  mcp?: Pair;
  should?: Should;
  streams?: Pair;
  decision?: Decision;
  ledger?: LedgerVerify;
  memory?: Memory;
  start?: Spread;
}
