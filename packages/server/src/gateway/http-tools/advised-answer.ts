import { formatUsd } from '@reeve/contracts';
import { ReeveError } from '../../lib/index.ts';
import type { Permit, Reported } from '../advised/index.ts';
import type { Waited } from '../waiting-pipeline.ts';
import { type ActionAnswer, actionAnswer, decisionShown } from './action-answer.ts';

/** The decision for who executes the action by itself: with what arguments, and where and until when to report. */
export function permitAnswer({ action, args, token, withinMs }: Permit, tool: string): ActionAnswer {
  const { id, run, decision } = action;
  return {
    status: 200,
    headers: { 'x-reeve-action': id, 'x-reeve-run': run.name, 'x-reeve-decision': decision.verdict },
    body: {
      action: id,
      run: run.name,
      tool,
      decision: decisionShown(decision),
      outcome: null,
      args,
      report: { path: `/actions/${id}/report`, token, withinMs },
    },
  };
}

/** Like any other refusal, with what spoke against it: the SDK tells it to whoever wrote the function. */
export function refusedAnswer(ended: Waited, tool: string): ActionAnswer {
  const answer = actionAnswer(ended, tool);
  if (answer.status === 200) return answer;
  const { error } = answer.body as { error: object };
  const { findings } = decisionShown(ended.decision);
  return { ...answer, body: { error: { ...error, findings } } };
}

/** How an action ended by the report of who executed it. What its guardrails made of the result takes the place of the result. */
export function reportAnswer({ ended, reply, stopped }: Reported): ActionAnswer {
  const { action, run, outcome, costNanoUsd } = ended;
  if (outcome.kind === 'failed_closed') return actionAnswer(ended, '');
  const rewritten = ended.reply !== undefined && ended.reply !== reply;
  return {
    status: 200,
    headers: { 'x-reeve-action': action.id, ...(run === undefined ? {} : { 'x-reeve-run': run.name }) },
    body: {
      action: action.id,
      run: run?.name ?? null,
      outcome: { kind: outcome.kind, code: outcome.code, message: outcome.message },
      ...(rewritten ? { rewritten: JSON.parse(Buffer.from(ended.reply.body).toString('utf8')) as unknown } : {}),
      costUsd: formatUsd(costNanoUsd),
      sideEffect: ended.reply?.sideEffect ?? null,
      stop: stopped instanceof ReeveError ? { code: stopped.code, message: stopped.message } : null,
    },
  };
}
