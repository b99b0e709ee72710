import type { Outcome, PayloadId } from '@reeve/contracts';
import { must } from '../lib/index.ts';
import type { DecidedRecord, EndedRecord } from '../traces/index.ts';
import type { Passage } from './passage.ts';

/** The row of an action as it stands when it is decided, or refused before that. */
export function decidedRecord(passage: Passage, requestPayload: PayloadId | undefined): DecidedRecord {
  const { action, target } = passage;
  const { workspace, agent, credentialId } = must(passage.identity, 'identity');
  const { feature, user, session, reason } = action.attribution;
  return {
    id: action.id,
    workspace,
    agent,
    credentialId,
    run: passage.run,
    joinedBy: passage.joinedBy,
    kind: action.kind,
    target: target?.name,
    surface: target?.kind === 'model' ? target.surface : undefined,
    effect: target?.effect,
    grade: target?.grade,
    verdict: passage.decision?.verdict ?? 'deny',
    findings: passage.findings,
    fleetVersion: passage.fleet?.version,
    risk: passage.risk,
    feature,
    user,
    session,
    reason,
    startedAtMs: action.receivedAtMs,
    decidedAtMs: passage.decidedAtMs,
    requestPayload,
  };
}

/** How the action ended. */
export function endedRecord(
  passage: Passage,
  outcome: Outcome,
  endedAtMs: number,
  replyPayload: PayloadId | undefined,
): EndedRecord {
  const { settled, executedAtMs } = passage;
  return {
    id: passage.action.id,
    workspace: must(passage.identity, 'identity').workspace,
    outcome,
    findings: passage.findings,
    endedAtMs,
    upstreamMs: executedAtMs === undefined ? undefined : endedAtMs - executedAtMs,
    usage: passage.usage,
    costNanoUsd: passage.costNanoUsd,
    servedBy: settled?.servedBy,
    attempts: settled?.attempts,
    sideEffect: settled?.sideEffect,
    upstreamError: settled?.upstreamError,
    replyPayload,
  };
}
