import type { BacktestView } from '@reeve/contracts';
import { Command, InvalidArgumentError } from 'commander';
import { awaitBacktest } from '../await-backtest.ts';
import { call, globals, print } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { renderBacktest } from '../render/backtest.ts';
import { fleetSource } from './fleet.ts';

interface BacktestOptions {
  readonly since: string;
  readonly fleet?: string;
  readonly agent?: string;
  readonly show: number;
}

export function policyBacktestCommand(): Command {
  return new Command('backtest')
    .description('replay recorded traffic through a fleet, and say which decisions would change')
    .option('--since <duration>', 'how far back, such as 30d or 12h', '30d')
    .option('--fleet <dir>', 'the fleet to try; default: the one in force')
    .option('--agent <name>', 'report its calls only')
    .option('--show <n>', 'how many changed calls to name', wholeNumber, 20)
    .action(async (options: BacktestOptions, self: Command) => {
      const view = await run(self, options);
      print(globals(self).json === true ? JSON.stringify(view, null, 2) : renderBacktest(view));
      if (view.state !== 'finished') process.exitCode = EXIT.refused;
    });
}

async function run(self: Command, { since, fleet, agent, show }: BacktestOptions): Promise<BacktestView> {
  const started = await call(self, 'backtests.start', {
    body: {
      since,
      changes: show,
      ...(fleet === undefined ? {} : await fleetSource(fleet)),
      ...(agent === undefined ? {} : { agent }),
    },
  });
  return awaitBacktest(self, started, { progress: process.stderr.isTTY === true });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 1_000) throw new InvalidArgumentError('a number up to 1000');
  return value;
}
