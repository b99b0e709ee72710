import { type ActionView, type Finding, formatUsd } from '@reeve/contracts';
import { callerHears } from '../risk/index.ts';
import type { ActionRecord, Traces } from '../traces/index.ts';
import { iso } from './time.ts';

export function actionView(record: ActionRecord): ActionView {
  const { usage } = record;
  return {
    id: record.id,
    run: record.runId ?? '',
    joinedBy: record.joinedBy === undefined ? null : { by: record.joinedBy.by, of: [...record.joinedBy.of] },
    agent: record.agent,
    kind: record.kind,
    target: record.target ?? null,
    surface: record.surface ?? null,
    effect: record.effect ?? null,
    grade: record.grade ?? null,
    verdict: record.verdict ?? 'deny',
    outcome: record.outcome?.kind ?? null,
    code: record.outcome?.code ?? null,
    risk: record.risk ?? null,
    findings: record.findings.map(findingView),
    fleetVersion: record.fleetVersion ?? null,
    credential: record.credentialId ?? null,
    feature: record.feature ?? null,
    user: record.user ?? null,
    session: record.session ?? null,
    reason: record.reason ?? null,
    startedAt: iso(record.startedAtMs),
    durationMs: record.endedAtMs === undefined ? null : record.endedAtMs - record.startedAtMs,
    upstreamMs: record.upstreamMs ?? null,
    inputTokens: usage === undefined ? null : usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    outputTokens: usage?.outputTokens ?? null,
    costUsd: formatUsd(record.costNanoUsd),
    usageSource: usage?.source ?? null,
    servedBy: record.servedBy ?? null,
    attempts: record.attempts ?? null,
    sideEffect: record.sideEffect ?? null,
    intentEntry: record.intentEntry ?? null,
    outcomeEntry: record.outcomeEntry ?? null,
  };
}

function findingView({ by, verdict, message, evidence = [], ...finding }: Finding): ActionView['findings'][number] {
  return {
    by,
    verdict,
    code: finding.code ?? null,
    message,
    rule: finding.rule ?? null,
    score: finding.score ?? null,
    releasedBy: finding.releasedBy ?? null,
    evidence: evidence.map(({ path, value, source, sourceAction, excerpt }) => ({
      path,
      value,
      source,
      sourceAction: sourceAction ?? null,
      excerpt: excerpt ?? null,
    })),
  };
}

/** What an agent may know of an action of its own. */
export async function stateOfAction(
  traces: Traces,
  workspace: string,
  agent: string,
  action: string,
): Promise<unknown> {
  const record = await traces.getAction(workspace, action);
  if (record === undefined || record.agent !== agent) return undefined;
  const view = actionView({ ...record, findings: record.findings.filter(callerHears) });
  // Rules and what they weigh are for operators, as in every answer to an agent.
  const findings = view.findings.map((finding) => ({ ...finding, rule: null, score: null, evidence: [] }));
  return { ...view, risk: null, joinedBy: null, findings };
}
