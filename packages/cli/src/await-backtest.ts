import type { BacktestView } from '@reeve/contracts';
import type { Command } from 'commander';
import { call } from './context.ts';

const FIRST_LOOK_MS = 50;
const LOOK_EVERY_MS = 500;

interface AwaitOptions {
  /** Whether to say on standard error how far it is. */
  readonly progress: boolean;
  /** Ends it when this has passed. */
  readonly atMostMs?: number;
}

/** Looks at a back-test until it ends. Ctrl-C ends it on the server too. */
export async function awaitBacktest(
  command: Command,
  started: BacktestView,
  { progress, atMostMs = Number.POSITIVE_INFINITY }: AwaitOptions,
): Promise<BacktestView> {
  const { id, workspace } = started;
  const about = { params: { backtest: id }, query: { workspace } };
  let view = started;
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  const beganMs = Date.now();
  try {
    for (let wait = FIRST_LOOK_MS; view.state === 'running'; wait = Math.min(wait * 2, LOOK_EVERY_MS)) {
      if (interrupted || Date.now() - beganMs > atMostMs) return await call(command, 'backtests.cancel', about);
      await new Promise((resolve) => setTimeout(resolve, wait));
      view = await call(command, 'backtests.get', about);
      if (progress) process.stderr.write(`\r${sentence(view)}`);
    }
    return view;
  } finally {
    process.removeListener('SIGINT', interrupt);
    if (progress) process.stderr.write('\r\u001b[K');
  }
}

function sentence({ actions, done, changed, seconds }: BacktestView): string {
  if (actions === null) return 'counting recorded actions';
  return `${done} of ${actions} actions, ${changed} decisions change, ${seconds.toFixed(0)} s `;
}
