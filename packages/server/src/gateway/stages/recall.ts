import type { Outcome } from '@reeve/contracts';
import { callDigest } from '../../approvals/index.ts';
import { must } from '../../lib/index.ts';
import type { Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

/** Did people speak about this very call before? Arguments that they edited take the place of the caller's, and are judged from here on. */
export function recall(
  passage: Passage,
  { approvals }: Pick<StageParts, 'approvals'>,
): Outcome | undefined | Promise<undefined> {
  const target = must(passage.target, 'target');
  if (target.kind !== 'tool') return undefined;
  if (passage.action.idempotencyKey !== undefined) passage.proposedBytes = passage.action.operation.payload();
  if (target.effect === 'read') return undefined;
  const { workspace } = must(passage.identity, 'identity');
  const agent = must(passage.agent, 'agent');
  passage.proposedDigest = callDigest(target.name, target.args);
  passage.recalled = approvals.recall({
    workspace,
    agent,
    target: target.name,
    digest: passage.proposedDigest,
    atMs: passage.action.receivedAtMs,
  });
  const edited = passage.recalled?.args;
  return edited === undefined ? undefined : replaceArguments(passage, edited);
}

async function replaceArguments(passage: Passage, args: Readonly<Record<string, unknown>>): Promise<undefined> {
  const { operation } = passage.action;
  if (operation.replaceArguments === undefined) return;
  operation.replaceArguments(args);
  passage.target = await operation.resolve(must(passage.fleet, 'fleet'), must(passage.agent, 'agent'));
  passage.findings.push({
    by: 'approval',
    verdict: 'modify',
    message: 'an approver edited the arguments',
    ...(passage.recalled === undefined ? {} : { rule: passage.recalled.approval }),
  });
}
