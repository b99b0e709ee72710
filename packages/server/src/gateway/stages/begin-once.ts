import { must } from '../../lib/index.ts';
import type { Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

/**
 * Was this key used before? Asked once: before people would be asked, for what was done already needs nobody's yes, and otherwise
 * right before the intent. By the request as its caller sent it: what guardrails and approvers made of it is not the caller's.
 */
export async function beginOnce(passage: Passage, parts: Pick<StageParts, 'idempotency'>): Promise<void> {
  const { idempotencyKey, kind, id, callerGone, operation } = passage.action;
  if (idempotencyKey === undefined || kind !== 'tool.call') return;
  if (passage.once !== undefined || passage.repeated !== undefined) return;
  const { workspace, agent } = must(passage.identity, 'identity');
  const answer = await parts.idempotency.begin({
    workspace,
    agent,
    route: `tool.call ${must(passage.target, 'target').name}`,
    key: idempotencyKey,
    request: passage.proposedBytes ?? operation.payload(),
    action: id,
    callerGone,
  });
  if (answer.kind === 'new') passage.once = answer.handle;
  else passage.repeated = answer;
}
