import type { ArmName, RunningArm } from '../arms/arm.ts';
import type { Machine } from '../machine.ts';
import type { Should } from '../measures/should.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import { AIMS, type Aim, isMet } from './aims.ts';
import type { Measured } from './figures.ts';

/** The figures for people. */
export function toTable(
  measured: Measured,
  arms: readonly Pick<RunningArm, 'name' | 'title'>[],
  unavailable: ReadonlyMap<ArmName, string>,
  machine: Machine,
): string {
  return [
    machineLine(machine),
    section(
      'arm',
      ['req/s', 'of rounds', 'p50 ms', 'p99 ms'],
      [...arms.map((arm) => armRow(arm, measured)), ...missingRows(unavailable)],
    ),
    section(
      'figure',
      ['measured', 'of rounds', 'aim', ''],
      AIMS.map((aim) => aimRow(aim, measured)),
    ),
    ...notes(measured),
  ].join('\n\n');
}

function machineLine({ processor, cores, memoryGiB, node, pinned, loadBefore, loadAfter }: Machine): string {
  const pins = pinned
    ? 'gateway alone on core 1, load and upstream on core 0'
    : 'NOT pinned: taskset is missing or there is one core';
  return `${processor}, ${cores} cores, ${memoryGiB} GiB, Node ${node}; ${pins}; load ${loadBefore} before, ${loadAfter} after`;
}

function armRow({ name, title }: Pick<RunningArm, 'name' | 'title'>, { throughput, latency }: Measured): string[] {
  const why = throughput?.failed.get(name);
  if (why !== undefined) return [title, `failed: ${why}`, '', '', ''];
  const late = latency?.failed.get(name);
  if (late !== undefined)
    return [title, rateOf(throughput?.perSecond.get(name)), '', 'failed', late.slice(0, MAX_WIDTH)];
  const rates = throughput?.perSecond.get(name);
  const rounds = latency?.rounds.get(name);
  const rate = rates === undefined ? undefined : spreadOf(rates);
  const middle = (part: 'p50' | 'p99') =>
    rounds === undefined ? '-' : spreadOf(rounds.map((round) => round[part])).median.toFixed(2);
  return [title, rateOf(rates), rate === undefined ? '' : range(rate, 0), middle('p50'), middle('p99')];
}

function rateOf(rates: readonly number[] | undefined): string {
  return rates === undefined ? '-' : spreadOf(rates).median.toFixed(0);
}

function missingRows(unavailable: ReadonlyMap<ArmName, string>): string[][] {
  return [...unavailable].map(([name, why]) => [name, `not measured: ${why}`, '', '', '']);
}

function aimRow(aim: Aim, measured: Measured): string[] {
  const limit = `${aim.better === 'more' ? '>=' : '<='} ${aim.aim} ${aim.unit}`;
  const value = aim.value(measured);
  if (value === undefined) return [aim.what, 'not measured', '', limit, ''];
  const number = typeof value === 'object' ? value.median : value;
  const rounds = typeof value === 'object' ? range(value, 3) : '';
  return [aim.what, `${short(number)} ${aim.unit}`, rounds, limit, isMet(aim, number) ? 'met' : 'MISSED'];
}

function notes({ memory, decision, ledger, should }: Measured): string[] {
  const lines: string[] = [];
  if (memory !== undefined)
    lines.push(`memory: ${mib(memory.firstBytes)} MiB, then ${mib(memory.lastBytes)} MiB after ${memory.calls} calls`);
  if (decision !== undefined) {
    const { kernel, added, processor, kernelMicroseconds, agents, policies, manyStartMs } = decision;
    lines.push(
      `decision: ${agents} agents, ${policies} policies; evaluator alone ${short(kernel.median)} x (${short(kernelMicroseconds.few)} us, ${short(kernelMicroseconds.many)} us), ` +
        `added latency ${short(added.median)} x, processor time ${short(processor.median)} x; the worst counts. The large fleet was in force after ${(manyStartMs / 1_000).toFixed(1)} s`,
    );
  }
  if (should !== undefined) lines.push(shouldNote(should));
  if (ledger !== undefined && ledger.seconds !== ledger.secondsForMillion)
    lines.push(`ledger: in proportion to ${ledger.entries} entries in ${ledger.seconds.toFixed(1)} s`);
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function shouldNote({ plain, governed, processorMs, rules }: Should): string {
  const { signals, sequences } = rules;
  const counts = `${signals.all} signals, ${rules.rules.all} rules, ${sequences.all} sequences`;
  const touched = `${signals.touched}, ${rules.rules.touched} and ${sequences.touched}`;
  const middle = (rounds: Should['plain'], part: 'p50' | 'p99') =>
    spreadOf(rounds.map((round) => round[part])).median.toFixed(2);
  return (
    `should: ${counts}, of which a call touches ${touched}; a call took ${middle(plain, 'p50')} ms without and ${middle(governed, 'p50')} ms with them ` +
    `(p99 ${middle(plain, 'p99')} and ${middle(governed, 'p99')} ms), ${(processorMs.median * 1_000).toFixed(0)} us more of the processor`
  );
}

function section(first: string, titles: readonly string[], rows: readonly string[][]): string {
  const all = [[first, ...titles], ...rows];
  const widths =
    all[0]?.map((_, column) =>
      Math.max(...all.map((row) => ((row[column] ?? '').length > MAX_WIDTH ? 0 : (row[column] ?? '').length))),
    ) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const MAX_WIDTH = 60;

function range({ min, max }: Spread, digits: number): string {
  return `${min.toFixed(digits)} - ${max.toFixed(digits)}`;
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function mib(bytes: number): string {
  return (bytes / 1_024 ** 2).toFixed(0);
}
