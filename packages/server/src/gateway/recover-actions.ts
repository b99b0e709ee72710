import type { Ledger } from '../audit/index.ts';
import type { ActionRecords } from '../traces/index.ts';

const MAX_ROUNDS = 10_000;

/**
 * Closes what a dead process left under way. Whether an effect took place cannot be known, so a person must look; it is never
 * repeated.
 */
export async function recoverActions(
  records: ActionRecords,
  ledger: Pick<Ledger, 'append'>,
  startedAtMs: number,
): Promise<number> {
  let closed = 0;
  let afterId: string | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const unfinished = await records.recover(startedAtMs, afterId);
    if (unfinished.length === 0) break;
    afterId = unfinished.at(-1)?.action.id;
    for (const { action, statements } of unfinished) {
      const { id, workspace, agent, runId: run } = action;
      const effect = action.effect === 'read' ? 'none' : 'unknown';
      await ledger.append(
        [{ event: 'action.interrupted', action: id, workspace, agent, ...(run === undefined ? {} : { run }), effect }],
        statements,
        'power',
      );
      closed++;
    }
  }
  return closed;
}
