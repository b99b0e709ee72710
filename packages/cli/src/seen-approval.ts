import { createInterface } from 'node:readline/promises';
import type { ApprovalRow, ApprovalView } from '@reeve/contracts';
import type { Command } from 'commander';
import { CliError, call } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { renderApproval, SHORT_DIGEST } from './render/approval.ts';
import { clean } from './render/table.ts';

/**
 * The digest of what this person saw: as `show` printed it, or what is shown now and confirmed. Programs must bring it, for nobody
 * looks at what they would print.
 */
export async function seenDigest(self: Command, approval: string, given: string | undefined): Promise<string> {
  const view = await call(self, 'approvals.get', { params: { approval } });
  if (given !== undefined) {
    if (given.length >= SHORT_DIGEST && view.digest.startsWith(given)) return view.digest;
    throw new CliError(
      `${approval} would execute something else than ${given}: read it again with reeve approvals show ${approval}`,
    );
  }
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true)
    throw new CliError(`say what you saw with --digest; reeve approvals show ${approval} prints it`, EXIT.usage);
  await confirm(view);
  return view.digest;
}

async function confirm(view: ApprovalView): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${renderApproval(view)}\n\nLet it pass? Type yes: `);
    if (answer.trim().toLowerCase() !== 'yes') throw new CliError('nothing was decided');
  } finally {
    terminal.close();
  }
}

export function outcome({ id, state, agent, tool, approved, quorum }: ApprovalRow): string {
  if (state === 'approved')
    return `${id} is approved: when ${clean(agent)} makes the identical call of ${clean(tool)} again, it passes once.`;
  if (state === 'denied') return `${id} is refused: the identical call stays refused until it would have run out.`;
  return `${id} has ${approved} of ${quorum} approvals.`;
}
