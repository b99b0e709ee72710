// `node tools/bench/backtest/main.ts [--actions 100000] [--json]`: records a month of traffic, then replays it through a candidate of
// two more policies and forty rules over twenty signals, on a server that is asked for its health meanwhile.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ReeveClient } from '@reeve/sdk';
import { startReeve } from '@reeve/testkit';
import { recordInto } from '../../../packages/server/src/gateway/backtest/__fixtures__/record-traffic.ts';
import { CANDIDATE, IN_FORCE, month } from './traffic.ts';

const AIM_SECONDS = 60;
const AIM_ACTIONS = 100_000;
const LOOK_EVERY_MS = 100;
const PING_EVERY_MS = 20;

const { values } = parseArgs({
  options: { actions: { type: 'string', default: String(AIM_ACTIONS) }, json: { type: 'boolean', default: false } },
});
const actions = Number(values.actions);
const data = mkdtempSync(join(tmpdir(), 'reeve-bench-backtest-'));
try {
  // Makes the database and the keys; the rows come while nobody serves.
  await (await startReeve({ fleet: IN_FORCE, data }))[Symbol.asyncDispose]();
  const began = performance.now();
  await recordInto(data, 'default', month(actions, Date.now() - 60_000));
  const recordSeconds = (performance.now() - began) / 1_000;
  await using reeve = await startReeve({ fleet: IN_FORCE, data });
  const idle = await pings(reeve.url, new Promise((resolve) => setTimeout(resolve, 2_000)));
  const replay = backtest(reeve.admin);
  const busy = await pings(reeve.url, replay);
  const view = await replay;
  report({ recordSeconds, view, idle, busy });
} finally {
  rmSync(data, { recursive: true, force: true });
}

async function backtest(admin: ReeveClient) {
  let view = await admin.call('backtests.start', { body: { ...CANDIDATE, since: '30d', changes: 0 } });
  while (view.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    view = await admin.call('backtests.get', { params: { backtest: view.id } });
    if (!values.json) process.stderr.write(`\r${view.done} of ${view.actions ?? '?'}, ${view.changed} change `);
  }
  return view;
}

/** How long the server takes to say that it is well, until something ends: p50 and p99 in milliseconds. */
async function pings(url: string, until: Promise<unknown>): Promise<{ p50: number; p99: number }> {
  const took: number[] = [];
  let ended = false;
  void until.finally(() => {
    ended = true;
  });
  while (!ended) {
    const began = performance.now();
    await (await fetch(`${url}/healthz`)).arrayBuffer();
    took.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS));
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => Math.round((took[Math.floor(share * took.length)] ?? 0) * 100) / 100;
  return { p50: at(0.5), p99: at(0.99) };
}

function report(found: {
  recordSeconds: number;
  view: Awaited<ReturnType<typeof backtest>>;
  idle: { p50: number; p99: number };
  busy: { p50: number; p99: number };
}): void {
  const { view, recordSeconds, idle, busy } = found;
  if (view.report === null) throw new Error(view.failure ?? JSON.stringify(view.problems));
  const { seconds } = view;
  const met = seconds * (AIM_ACTIONS / actions) <= AIM_SECONDS;
  const { candidate, load, notReplayed } = view.report;
  const json = {
    actions,
    seconds,
    aimSeconds: AIM_SECONDS,
    met,
    recordSeconds,
    candidate,
    load,
    notReplayed,
    idle,
    busy,
  };
  const text = [
    `\n${actions} recorded actions replayed in ${seconds.toFixed(1)} s (aim: ${AIM_ACTIONS} in ${AIM_SECONDS} s: ${met ? 'met' : 'missed'})`,
    `recorded in ${recordSeconds.toFixed(1)} s; candidate: ${JSON.stringify(candidate)}`,
    `the server's answer to a ping meanwhile: p50 ${busy.p50} ms, p99 ${busy.p99} ms (idle: ${idle.p50}, ${idle.p99})`,
  ];
  process.stdout.write(`${values.json ? JSON.stringify(json, null, 2) : text.join('\n')}\n`);
}
