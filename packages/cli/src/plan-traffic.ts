import type { BacktestReport } from '@reeve/contracts';
import { ReeveApiError } from '@reeve/sdk';
import type { Command } from 'commander';
import { awaitBacktest } from './await-backtest.ts';
import { call } from './context.ts';

const SINCE = '7d';
/** A plan is looked at in passing: for more there is `reeve policy backtest`. */
const MAX_ACTIONS = 10_000;
const AT_MOST_MS = 15_000;

/** What the candidate would have made of last week's calls; undefined where that cannot be told in a moment. */
export async function planTraffic(
  command: Command,
  source: { files: { path: string; text: string }[] },
): Promise<BacktestReport | undefined> {
  try {
    const body = { ...source, since: SINCE, changes: 0, limit: MAX_ACTIONS };
    const started = await call(command, 'backtests.start', { body });
    const { report } = await awaitBacktest(command, started, { progress: false, atMostMs: AT_MOST_MS });
    return report === null || report.actions === 0 ? undefined : report;
  } catch (error) {
    // Another back-test runs, or the server is of an earlier version: the plan stands without it.
    if (ReeveApiError.is(error)) return undefined;
    throw error;
  }
}
