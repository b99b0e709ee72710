import type { ApprovalRow, ApprovalView } from '@reeve/contracts';
import type { Approval, ApprovalContent } from '../approvals/index.ts';
import type { ActionRecord } from '../traces/index.ts';
import { argumentEdits } from './argument-edits.ts';
import { iso, isoOrNull } from './time.ts';

export function approvalRow(approval: Approval): ApprovalRow {
  const { id, state, agent, target, effect, risk, run, action, argsDigest, requests, edited, terms } = approval;
  return {
    id,
    state,
    agent,
    tool: target,
    effect,
    amount: approval.amount ?? null,
    risk,
    run,
    action,
    digest: argsDigest,
    requests,
    approved: agreedOf(approval).length,
    quorum: terms.quorum,
    edited,
    requestedAt: iso(approval.requestedAtMs),
    expiresAt: iso(approval.expiresAtMs),
    decidedAt: isoOrNull(approval.decidedAtMs),
  };
}

export interface Surrounding {
  readonly earlier: readonly ActionRecord[];
  readonly similar: readonly Approval[];
}

/** Everything that a person needs to decide; what is personal is gone once it was erased. */
export function approvalView(
  approval: Approval,
  content: ApprovalContent | undefined,
  { earlier, similar }: Surrounding,
): ApprovalView {
  const { terms, votes, escalated, fleetVersion } = approval;
  const {
    subject = null,
    destination = null,
    reason = null,
    user = null,
    session = null,
    feature = null,
  } = content ?? {};
  return {
    ...approvalRow(approval),
    words: wordsOf(approval, content),
    args: content === undefined ? null : { ...content.args },
    edits: content?.proposedArgs === undefined ? [] : argumentEdits(content.proposedArgs, content.args),
    editedBy: content?.editedBy ?? null,
    reversible: reversibleWords(content),
    ...{ subject, destination, reason, user, session, feature },
    findings: (content?.findings ?? []).map(findingView),
    earlier: earlier.map(({ id, agent, target, outcome, startedAtMs }) => ({
      action: id,
      agent,
      target: target ?? null,
      outcome: outcome?.kind ?? null,
      at: iso(startedAtMs),
    })),
    similar: similar.map((one) => similarView(one, approval)),
    votes: votes.map(({ by, verdict, atMs, reason: why, argsDigest }) => ({
      by: { id: by.id, name: by.name },
      verdict,
      at: iso(atMs),
      reason: why ?? null,
      counts: verdict === 'deny' || argsDigest === approval.argsDigest,
    })),
    approvers:
      terms.approvers.length === 0
        ? []
        : [...terms.approvers, ...terms.escalations.slice(0, escalated).flatMap(({ to }) => to)],
    separated: [...terms.separated],
    objects: [...terms.objects],
    fleetVersion,
    denial: approval.reason ?? null,
  };
}

function agreedOf({ votes, argsDigest }: Approval) {
  return votes.filter((vote) => vote.verdict === 'approve' && vote.argsDigest === argsDigest);
}

function wordsOf({ agent, target, effect, amount }: Approval, content: ApprovalContent | undefined): string {
  const about = [
    ...(amount === undefined ? [] : [`amount ${amount}`]),
    ...(content?.subject === undefined ? [] : [`about ${JSON.stringify(content.subject)}`]),
    ...(content?.destination === undefined ? [] : [`to ${JSON.stringify(content.destination)}`]),
  ].join(', ');
  const undo = content === undefined ? '' : `, ${reversibleWords(content)}`;
  return `${agent} would call ${target} (${effect}${undo})${about === '' ? '' : `: ${about}`}`;
}

function reversibleWords(content: ApprovalContent | undefined): string {
  if (content === undefined) return 'not known any more';
  const { reversible } = content;
  if (reversible === 'irreversible') return 'cannot be undone';
  if (reversible === 'compensable') return 'can be made up for, not undone';
  return `can be undone within ${Math.round(reversible.withinMs / 1_000)} s`;
}

function findingView({
  by,
  verdict,
  message,
  rule,
  score,
  waitsFor,
  evidence = [],
}: ApprovalContent['findings'][number]) {
  return {
    ...{ by, verdict, message, rule: rule ?? null, score: score ?? null, waitsFor: waitsFor ?? null },
    evidence: evidence.map(({ path, value, source, sourceAction, excerpt }) => ({
      ...{ path, value, source, sourceAction: sourceAction ?? null, excerpt: excerpt ?? null },
    })),
  };
}

function similarView(one: Approval, to: Approval): ApprovalView['similar'][number] {
  return {
    approval: one.id,
    state: one.state,
    same: one.digest === to.digest,
    amount: one.amount ?? null,
    by: one.votes.at(-1)?.by.name ?? null,
    reason: one.reason ?? one.votes.at(-1)?.reason ?? null,
    decidedAt: iso(one.decidedAtMs ?? one.requestedAtMs),
  };
}
