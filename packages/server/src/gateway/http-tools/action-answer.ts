import {
  type Decision,
  ERRORS,
  type ErrorCode,
  type Finding,
  formatUsd,
  type Outcome,
  type Verdict,
} from '@reeve/contracts';
import { callerHears } from '../../risk/index.ts';
import type { WholeReply } from '../action.ts';
import { approvalHeaders } from '../approval-headers.ts';
import type { Waited } from '../waiting-pipeline.ts';

export interface ActionAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** How an action ended, as /actions says it: a result whenever the upstream answered, an error whenever Reeve refused. */
export function actionAnswer(completed: Waited, tool: string): ActionAnswer {
  const { action, outcome, reply, decision } = completed;
  const headers = replyHeaders(completed);
  const answered = reply !== undefined && (outcome.kind === 'succeeded' || outcome.kind === 'upstream_failed');
  if (answered || (action.dryRun === true && decision !== undefined)) {
    return { status: 200, headers, body: resultBody(completed, tool) };
  }
  const code = outcome.code ?? 'internal';
  return {
    status: ERRORS[code].status,
    headers: { ...headers, ...retryAfter(outcome) },
    body: refusalBody(completed, code),
  };
}

function resultBody(completed: Waited, tool: string): unknown {
  const { action, run, outcome, reply, decision, costNanoUsd } = completed;
  return {
    action: action.id,
    run: run?.name ?? null,
    tool,
    ...(action.dryRun === true ? { dryRun: true } : {}),
    decision: decisionShown(decision),
    outcome: action.dryRun === true ? null : { kind: outcome.kind, code: outcome.code, message: outcome.message },
    result: reply === undefined ? null : resultOf(reply),
    costUsd: formatUsd(costNanoUsd),
    sideEffect: reply?.sideEffect ?? null,
  };
}

interface DecisionShown {
  readonly verdict: Verdict;
  readonly findings: readonly Pick<Finding, 'by' | 'verdict' | 'code' | 'message'>[];
}

/** The rule behind a finding is for operators. */
export function decisionShown(decision: Decision | undefined): DecisionShown {
  const heard = (decision?.findings ?? []).filter(callerHears);
  const findings = heard.map(({ by, verdict, code, message }) => ({
    by,
    verdict,
    ...(code === undefined ? {} : { code }),
    message,
  }));
  return { verdict: decision?.verdict ?? 'allow', findings };
}

function refusalBody(completed: Waited, code: ErrorCode): unknown {
  const { action, run, outcome, approvalUrl } = completed;
  const { title, next } = ERRORS[code];
  const approval = outcome.approval === undefined ? {} : { approval: { id: outcome.approval, url: approvalUrl } };
  const message = outcome.message ?? title;
  return { error: { code, message, next, action: action.id, run: run?.name ?? null, ...approval } };
}

function replyHeaders(completed: Waited): Record<string, string> {
  const { action, run, decision, costNanoUsd, reply } = completed;
  const replayOf = reply?.headers['x-reeve-replay-of'];
  return {
    'x-reeve-action': action.id,
    ...(run === undefined ? {} : { 'x-reeve-run': run.name }),
    ...(decision === undefined ? {} : { 'x-reeve-decision': decision.verdict }),
    ...(replayOf === undefined ? {} : { 'x-reeve-replay-of': replayOf }),
    'x-reeve-cost-usd': formatUsd(costNanoUsd),
    ...approvalHeaders(completed),
  };
}

function retryAfter(outcome: Outcome): Record<string, string> {
  return outcome.retryAfterSeconds === undefined ? {} : { 'retry-after': String(outcome.retryAfterSeconds) };
}

/** Bodies of tool operations are JSON of our own making; whatever else one may hold is shown as text. */
function resultOf(reply: WholeReply): unknown {
  const text = Buffer.from(reply.body).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
