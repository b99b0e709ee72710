import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { globals, print, stream } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { explainError } from '../explain-error.ts';
import { approvalState } from '../render/approval.ts';
import { clean, cleanJson } from '../render/table.ts';

const RETRY_MS = 2_000;
const MAX_RETRIES = 30;

export function watchCommand(): Command {
  return new Command('watch')
    .description('what happens to approvals, as it happens; ends with Ctrl-C')
    .option('--limit <n>', 'ends after so many events')
    .action(async ({ limit = 'Infinity' }: { limit?: string }, self: Command) => watch(self, Number(limit)));
}

/** Goes on where a connection broke off; gives up on a server that stays away or refuses. */
async function watch(self: Command, limit: number): Promise<void> {
  let seen = 0;
  let lastEventId: string | undefined;
  for (let retries = 0; retries <= MAX_RETRIES; retries++) {
    try {
      for await (const event of stream(self, 'approvals.events', lastEventId === undefined ? {} : { lastEventId })) {
        retries = 0;
        if (event.event === 'reset') {
          print(globals(self).json === true ? cleanJson(event) : 'Some events were lost: reeve approvals list');
          continue;
        }
        lastEventId = event.id;
        print(globals(self).json === true ? cleanJson(event.data) : line(event.data));
        seen++;
        if (seen >= limit) return;
      }
    } catch (error) {
      const explained = explainError(error);
      if (explained?.exitCode !== EXIT.unreachable && !isCutOff(error)) throw error;
      if (retries === MAX_RETRIES) throw error;
    }
    await delay(RETRY_MS);
  }
}

function isCutOff(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'terminated';
}

function line({
  event,
  at,
  by,
  approval,
}: {
  event: string;
  at: string;
  by: string | null;
  approval: Parameters<typeof approvalState>[0];
}): string {
  const amount = approval.amount === null ? '' : `, amount ${approval.amount}`;
  const who = by === null ? '' : ` by ${clean(by)}`;
  return `${at}  ${event}${who}  ${approval.id}  ${approvalState(approval)}  ${clean(approval.agent)} would call ${clean(approval.tool)}${amount}, risk ${approval.risk}`;
}
