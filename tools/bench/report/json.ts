import type { ArmName } from '../arms/arm.ts';
import type { Machine } from '../machine.ts';
import { spreadOf } from '../statistics.ts';
import { AIMS, measuredBy } from './aims.ts';
import type { Measured } from './figures.ts';

/** The figures for programs. What was not measured is null, never zero. */
export function toJson(measured: Measured, unavailable: ReadonlyMap<ArmName, string>, machine: Machine): string {
  const figures = Object.fromEntries(AIMS.map((aim) => [aim.key, rounded(measuredBy(aim, measured))]));
  const { throughput, latency, memory, decision, ledger, should } = measured;
  return JSON.stringify(
    {
      ...figures,
      rssCalls: memory?.calls ?? null,
      ledgerEntries: ledger?.entries ?? null,
      decisionAgents: decision?.agents ?? null,
      decisionPolicies: decision?.policies ?? null,
      throughput: byArm(throughput?.perSecond, (rounds) => roundedAll(spreadOf(rounds))),
      latencyMs: byArm(latency?.rounds, (rounds) => ({
        p50: rounded(spreadOf(rounds.map((round) => round.p50)).median),
        p99: rounded(spreadOf(rounds.map((round) => round.p99)).median),
      })),
      decision: decision ?? null,
      memory: memory ?? null,
      should: should ?? null,
      unavailable: Object.fromEntries(unavailable),
      failed: Object.fromEntries([...(throughput?.failed ?? []), ...(latency?.failed ?? [])]),
      machine,
    },
    null,
    2,
  );
}

function byArm<T, R>(values: ReadonlyMap<ArmName, T> | undefined, show: (value: T) => R): Record<string, R> | null {
  return values === undefined ? null : Object.fromEntries([...values].map(([name, value]) => [name, show(value)]));
}

function roundedAll(spread: { readonly [key: string]: number } | object): Record<string, number | null> {
  return Object.fromEntries(Object.entries(spread).map(([key, value]) => [key, rounded(value as number)]));
}

function rounded(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(4));
}
