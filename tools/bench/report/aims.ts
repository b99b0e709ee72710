import type { ArmName } from '../arms/arm.ts';
import { addedPerRound, ratioPerRound, type Spread } from '../statistics.ts';
import type { Measured } from './figures.ts';

/** A figure of the design with its aim. Keys are those of --json and permanent. */
export interface Aim {
  readonly key: string;
  readonly what: string;
  readonly aim: number;
  readonly better: 'more' | 'less';
  readonly unit: string;
  readonly value: (measured: Measured) => Spread | number | undefined;
}

// biome-ignore format: read as a table
export const AIMS: readonly Aim[] = [
  aim('governedVsBare',        'throughput, governed over bare fastify + undici',   0.5, 'more', 'x',  (m) => ratio(m, 'bare')),
  aim('governedVsPortkey',     'throughput, governed over Portkey ungoverned',      10,  'more', 'x',  (m) => ratio(m, 'portkey')),
  aim('governedVsLitellm',     'throughput, governed over LiteLLM ungoverned',      10,  'more', 'x',  (m) => ratio(m, 'litellm')),
  aim('addedP50Ms',            'added latency at 200 req/s, p50',                   0.5, 'less', 'ms', (m) => added(m, 'p50')),
  aim('addedP99Ms',            'added latency at 200 req/s, p99',                   3,   'less', 'ms', (m) => added(m, 'p99')),
  aim('mcpAddedP50Ms',         'tool call that writes, durable intent, added p50',  2,   'less', 'ms', (m) => m.mcp?.addedP50Ms),
  aim('shouldAddedP50Ms',      'risk rules, sequences and flow on a tool call, p50', 0.5, 'less', 'ms', (m) => m.should?.addedP50Ms),
  aim('shouldAddedP99Ms',      'risk rules, sequences and flow on a tool call, p99', 3,  'less', 'ms', (m) => m.should?.addedP99Ms),
  aim('streamChunkAddedP50Ms', 'streamed chunk, added p50',                         0.1, 'less', 'ms', (m) => m.streams?.addedP50Ms),
  aim('decisionGrowth10kAgents', 'decision cost, large fleet over 10 agents',       1.3, 'less', 'x',  (m) => m.decision?.growth),
  aim('ledgerVerify1MSeconds', 'verify a ledger of 1,000,000 entries',              20,  'less', 's',  (m) => m.ledger?.secondsForMillion),
  aim('rssGrowth1MCalls',      'memory after many calls over memory after 10,000',  1.2, 'less', 'x',  (m) => m.memory?.growth),
  aim('startToReadyMs',        'start to ready, empty data directory',              1_500, 'less', 'ms', (m) => m.start),
];

export function measuredBy(aim: Aim, measured: Measured): number | undefined {
  const value = aim.value(measured);
  return typeof value === 'object' ? value.median : value;
}

export function isMet(aim: Aim, value: number): boolean {
  return aim.better === 'more' ? value >= aim.aim : value <= aim.aim;
}

function aim(key: string, what: string, limit: number, better: Aim['better'], unit: string, value: Aim['value']): Aim {
  return { key, what, aim: limit, better, unit, value };
}

function ratio({ throughput }: Measured, over: ArmName): Spread | undefined {
  const governed = throughput?.perSecond.get('reeve');
  const other = throughput?.perSecond.get(over);
  return governed === undefined || other === undefined ? undefined : ratioPerRound(governed, other);
}

function added({ latency }: Measured, part: 'p50' | 'p99'): Spread | undefined {
  const governed = latency?.rounds.get('reeve');
  const direct = latency?.rounds.get('direct');
  if (governed === undefined || direct === undefined) return undefined;
  return addedPerRound(
    governed.map((round) => round[part]),
    direct.map((round) => round[part]),
  );
}
