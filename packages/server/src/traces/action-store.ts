import type { Finding } from '@reeve/contracts';
import { ENTRY_INDEX_SQL } from '../audit/index.ts';
import type { SqlValue, Statement, Storage } from '../storage/index.ts';
import type { DecidedRecord, EndedRecord } from './action-record.ts';
import type { ActionRow } from './action-row.ts';
import { toColumn } from './joined-by.ts';
import { otherThan } from './run-store.ts';

const MAX_FINDINGS_CHARS = 16_000;
const MAX_TEXT_CHARS = 2_000;
const STRICTEST_FIRST = { deny: 0, hold: 1, modify: 2, allow: 3 } as const;

const DECIDED_COLUMNS =
  'workspace, id, agent, agent_id, credential, run, run_name, root, parent_run, kind, target, surface, effect, grade, verdict, findings, fleet_version, risk, feature, user_tag, session, reason, started_at, decided_at, request_payload, joined_by';
const ENDED_COLUMNS =
  'outcome, code, message, ended_at, upstream_ms, input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, usage_source, cost_nano_usd, served_by, attempts, side_effect, upstream_error, reply_payload';

const INSERT_EXECUTING = `INSERT INTO trace_action (${DECIDED_COLUMNS}, state, process, cost_nano_usd, intent_entry)
  VALUES (${marksFor(DECIDED_COLUMNS)}, 'executing', ?, 0, ${ENTRY_INDEX_SQL})`;
const INSERT_REFUSED = `INSERT INTO trace_action (${DECIDED_COLUMNS}, ${ENDED_COLUMNS}, state, outcome_entry)
  VALUES (${marksFor(DECIDED_COLUMNS)}, ${marksFor(ENDED_COLUMNS)}, 'ended', ${ENTRY_INDEX_SQL})`;
const UPDATE_ENDED = `UPDATE trace_action SET ${ENDED_COLUMNS.replace(/(\w+)/g, '$1 = ?')}, findings = ?, state = 'ended',
  outcome_entry = ${ENTRY_INDEX_SQL} WHERE workspace = ? AND id = ?`;
const CLOSE_INTERRUPTED = `UPDATE trace_action SET state = 'ended', outcome = 'interrupted', code = 'outcome_unknown', message = ?,
  ended_at = ?, outcome_entry = ${ENTRY_INDEX_SQL} WHERE workspace = ? AND id = ? AND state = 'executing'`;
const READ_UNFINISHED =
  "SELECT * FROM trace_action WHERE state = 'executing' AND process <> ? AND id > ? ORDER BY id LIMIT ?";

export function insertExecuting(record: DecidedRecord, process: string): Statement {
  return { sql: INSERT_EXECUTING, params: [...decidedParams(record), process] };
}

export function insertRefused(record: DecidedRecord, ended: EndedRecord): Statement {
  const params = [...decidedParams({ ...record, findings: ended.findings }), ...endedParams(ended)];
  return { sql: INSERT_REFUSED, params };
}

export function updateEnded(ended: EndedRecord): Statement {
  const params = [...endedParams(ended), findingsJson(ended.findings), ended.workspace, ended.id];
  return { sql: UPDATE_ENDED, params };
}

/** Takes effect once, also where two processes try. */
export function closeInterrupted(row: ActionRow, message: string, atMs: number): Statement {
  return { sql: CLOSE_INTERRUPTED, params: [message, atMs, row.workspace, row.id], expect: 1 };
}

export function readUnfinished(storage: Storage, process: string, after: string, limit: number): Promise<ActionRow[]> {
  return storage.read<ActionRow>(READ_UNFINISHED, [process, after, limit]);
}

function decidedParams(record: DecidedRecord): SqlValue[] {
  const { run } = record;
  return [
    record.workspace,
    record.id,
    record.agent,
    record.agentId ?? null,
    record.credentialId ?? null,
    run?.id ?? null,
    otherThan(run?.id, run?.name),
    otherThan(run?.id, run?.root),
    run?.parent ?? null,
    record.kind,
    record.target ?? null,
    record.surface ?? null,
    record.effect ?? null,
    record.grade ?? null,
    record.verdict ?? null,
    findingsJson(record.findings),
    record.fleetVersion ?? null,
    record.risk === undefined ? null : Math.round(record.risk),
    record.feature ?? null,
    record.user ?? null,
    record.session ?? null,
    bounded(record.reason),
    Math.round(record.startedAtMs),
    record.decidedAtMs === undefined ? null : Math.round(record.decidedAtMs),
    record.requestPayload ?? null,
    toColumn(record.joinedBy),
  ];
}

function endedParams(ended: EndedRecord): SqlValue[] {
  const { outcome, usage } = ended;
  return [
    outcome.kind,
    outcome.code ?? null,
    bounded(outcome.message),
    Math.round(ended.endedAtMs),
    ended.upstreamMs === undefined ? null : Math.round(ended.upstreamMs),
    usage?.inputTokens ?? null,
    usage?.cacheReadTokens ?? null,
    usage?.cacheWriteTokens ?? null,
    usage?.cacheWrite1hTokens ?? null,
    usage?.outputTokens ?? null,
    usage?.reasoningTokens ?? null,
    usage?.source ?? null,
    ended.costNanoUsd,
    ended.servedBy ?? null,
    ended.attempts ?? null,
    bounded(ended.sideEffect),
    bounded(ended.upstreamError),
    ended.replyPayload ?? null,
  ];
}

/** As many findings as fit, the strictest first: those decided. */
function findingsJson(findings: readonly Finding[]): string | null {
  if (findings.length === 0) return null;
  const json = JSON.stringify(findings);
  if (json.length <= MAX_FINDINGS_CHARS) return json;
  const kept: string[] = [];
  let chars = 2;
  for (const finding of findings.toSorted((a, b) => STRICTEST_FIRST[a.verdict] - STRICTEST_FIRST[b.verdict])) {
    const one = JSON.stringify({ ...finding, message: bounded(finding.message) });
    chars += one.length + 1;
    if (chars > MAX_FINDINGS_CHARS) break;
    kept.push(one);
  }
  return `[${kept.join(',')}]`;
}

function bounded(text: string | undefined): string | null {
  return text === undefined ? null : text.slice(0, MAX_TEXT_CHARS);
}

function marksFor(columns: string): string {
  return columns.replace(/\w+/g, '?');
}
