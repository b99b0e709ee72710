import type { Outcome, OutcomeKind, Usage } from '@reeve/contracts';
import { must } from '../../lib/index.ts';
import type { Spent } from '../action.ts';
import type { Passage } from '../passage.ts';
import { flowFacts } from './facts.ts';
import type { StageParts } from './stage.ts';

/** How an action may have ended when its upstream did work that nobody reported. */
const SPEND_UNKNOWN: ReadonlySet<OutcomeKind> = new Set(['aborted', 'stopped', 'timed_out']);

/**
 * What did it cost? Always runs. What was not executed costs nothing; what was cut off before the upstream said
 * what it cost is charged as reserved.
 */
export function settle(
  passage: Passage,
  parts: Pick<StageParts, 'budgets' | 'flows' | 'joiner'>,
  ended: Outcome | undefined,
): Outcome | undefined {
  passage.unwatch?.();
  if (passage.executedAtMs === undefined) passage.assessment?.withdraw();
  else learn(passage, parts);
  const { reservation, execution } = passage;
  if (reservation === undefined) return undefined;
  if (passage.executedAtMs === undefined) {
    parts.budgets.release(reservation);
    return undefined;
  }
  const settled = execution?.kind === 'stream' ? execution.settled() : execution;
  const spent = settled ?? passage.action.operation.spent?.() ?? unreported(passage, ended);
  passage.settled = settled;
  passage.usage = spent.usage;
  passage.costNanoUsd = spent.costNanoUsd ?? reservation.charge.nanoUsd;
  const tokens =
    spent.usage === undefined
      ? spent.costNanoUsd === undefined
        ? reservation.charge.tokens
        : 0
      : tokensOf(spent.usage);
  parts.budgets.settle(reservation, { nanoUsd: passage.costNanoUsd, tokens, calls: 1 });
  return undefined;
}

/** What the agent is about to know: later actions follow from it. */
function learn(passage: Passage, parts: Pick<StageParts, 'flows' | 'joiner'>): void {
  if (passage.target?.kind === 'tool') label(passage, parts);
  else remember(passage, parts);
}

/** What a model answered joins what comes of it to this run. What was withheld nobody acts upon. */
function remember(passage: Passage, { joiner }: Pick<StageParts, 'joiner'>): void {
  const { identity, run, thread, action } = passage;
  const answer = (passage.reply ?? passage.streaming)?.answer?.();
  const { workspace, agent } = must(identity, 'identity');
  const { receivedAtMs: atMs, attribution } = action;
  const { traceId } = attribution;
  joiner.answered({ workspace, agent, atMs, action: action.id, run: must(run, 'run').id, thread, traceId, answer });
}

/** What a tool answered is labelled by its source before the agent can act on it. */
function label(passage: Passage, { flows }: Pick<StageParts, 'flows'>): void {
  const { target, reply, replyBytes, streaming } = passage;
  if (target?.kind !== 'tool' || (reply === undefined && streaming === undefined)) return;
  const texts = reply === undefined ? [new TextDecoder().decode(replyBytes)] : reply.parts().map((part) => part.text);
  flows.received({ ...flowFacts(passage), trust: target.trust, texts });
}

/** Of a call that threw: nothing, unless the upstream may have done work that nobody reported. */
function unreported(passage: Passage, ended: Outcome | undefined): Spent {
  const knows = passage.action.operation.spent !== undefined;
  return {
    usage: undefined,
    costNanoUsd: !knows && ended !== undefined && SPEND_UNKNOWN.has(ended.kind) ? undefined : 0,
  };
}

function tokensOf(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
}
