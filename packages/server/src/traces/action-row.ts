import type { ActionId, Finding, Outcome, Usage } from '@reeve/contracts';
import type { ActionRecord } from './action-record.ts';
import { fromColumn } from './joined-by.ts';

type Text = string | null;
type Count = number | null;

export type ActionRow = {
  workspace: string;
  id: string;
  agent: string;
  agent_id: Text;
  credential: Text;
  run: Text;
  run_name: Text;
  root: Text;
  parent_run: Text;
  kind: string;
  target: Text;
  surface: Text;
  effect: Text;
  grade: Text;
  state: string;
  process: Text;
  verdict: Text;
  outcome: Text;
  code: Text;
  message: Text;
  findings: Text;
  fleet_version: Text;
  risk: Count;
  feature: Text;
  user_tag: Text;
  session: Text;
  reason: Text;
  started_at: number;
  decided_at: Count;
  ended_at: Count;
  upstream_ms: Count;
  input_tokens: Count;
  cache_read_tokens: Count;
  cache_write_tokens: Count;
  cache_write_1h_tokens: Count;
  output_tokens: Count;
  reasoning_tokens: Count;
  usage_source: Text;
  cost_nano_usd: number;
  served_by: Text;
  attempts: Count;
  side_effect: Text;
  upstream_error: Text;
  request_payload: Text;
  reply_payload: Text;
  intent_entry: Count;
  outcome_entry: Count;
  joined_by: Text;
};

export function toRecord(row: ActionRow): ActionRecord {
  return {
    id: row.id as ActionId,
    workspace: row.workspace,
    agent: row.agent,
    agentId: row.agent_id ?? undefined,
    credentialId: row.credential ?? undefined,
    runId: row.run ?? undefined,
    runName: row.run_name ?? row.run ?? undefined,
    root: row.root ?? row.run ?? undefined,
    parentRun: row.parent_run ?? undefined,
    joinedBy: fromColumn(row.joined_by),
    kind: row.kind as ActionRecord['kind'],
    target: row.target ?? undefined,
    surface: row.surface ?? undefined,
    effect: (row.effect ?? undefined) as ActionRecord['effect'],
    grade: (row.grade ?? undefined) as ActionRecord['grade'],
    state: row.state as ActionRecord['state'],
    verdict: (row.verdict ?? undefined) as ActionRecord['verdict'],
    outcome: toOutcome(row),
    findings: row.findings === null ? [] : (JSON.parse(row.findings) as Finding[]),
    fleetVersion: row.fleet_version ?? undefined,
    risk: count(row.risk),
    feature: row.feature ?? undefined,
    user: row.user_tag ?? undefined,
    session: row.session ?? undefined,
    reason: row.reason ?? undefined,
    startedAtMs: Number(row.started_at),
    decidedAtMs: count(row.decided_at),
    ...(row.ended_at === null ? {} : { endedAtMs: Number(row.ended_at) }),
    upstreamMs: count(row.upstream_ms),
    usage: toUsage(row),
    costNanoUsd: Number(row.cost_nano_usd),
    servedBy: row.served_by ?? undefined,
    attempts: count(row.attempts),
    sideEffect: row.side_effect ?? undefined,
    upstreamError: row.upstream_error ?? undefined,
    requestPayload: row.request_payload ?? undefined,
    replyPayload: row.reply_payload ?? undefined,
    intentEntry: count(row.intent_entry),
    outcomeEntry: count(row.outcome_entry),
  };
}

function toOutcome(row: ActionRow): Outcome | undefined {
  if (row.outcome === null) return undefined;
  return {
    kind: row.outcome as Outcome['kind'],
    ...(row.code === null ? {} : { code: row.code as NonNullable<Outcome['code']> }),
    ...(row.message === null ? {} : { message: row.message }),
  };
}

function toUsage(row: ActionRow): Usage | undefined {
  if (row.usage_source === null) return undefined;
  return {
    inputTokens: Number(row.input_tokens),
    cacheReadTokens: Number(row.cache_read_tokens),
    cacheWriteTokens: Number(row.cache_write_tokens),
    cacheWrite1hTokens: Number(row.cache_write_1h_tokens),
    outputTokens: Number(row.output_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    source: row.usage_source as Usage['source'],
  };
}

function count(value: Count): number | undefined {
  return value === null ? undefined : Number(value);
}
