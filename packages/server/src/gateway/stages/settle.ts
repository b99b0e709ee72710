import type { Outcome } from '@reeve/contracts';
import type { Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

/** What did it cost, what does it carry? Always runs. What was not executed costs nothing; what nobody reported costs its reservation. */
export function settle(passage: Passage, parts: Pick<StageParts, 'budgets' | 'flows'>): Outcome | undefined {
  passage.unwatch?.();
  const { reservation, execution } = passage;
  if (reservation === undefined) return undefined;
  if (passage.executedAtMs === undefined) {
    parts.budgets.release(reservation);
    return undefined;
  }
  const settled = execution === undefined ? undefined : execution.kind === 'whole' ? execution : execution.settled();
  const usage = settled?.usage;
  const tokens =
    usage === undefined
      ? undefined
      : usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
  passage.usage = usage;
  passage.costNanoUsd = settled?.costNanoUsd ?? (execution === undefined ? 0 : reservation.charge.nanoUsd);
  passage.charged = {
    nanoUsd: passage.costNanoUsd,
    tokens: tokens ?? (execution === undefined ? 0 : reservation.charge.tokens),
    calls: 1,
  };
  parts.budgets.settle(reservation, passage.charged);
  return undefined;
}
