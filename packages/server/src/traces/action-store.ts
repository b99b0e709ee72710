import type { ActionId, Finding } from '@reeve/contracts';
import type { SqlValue, Statement } from '../storage/index.ts';
import type { ActionEnd, ActionRecord } from './action-record.ts';

const MAX_FINDINGS_BYTES = 16_384;
const MAX_TEXT = 500;

const INTENT_COLUMNS =
  'id, workspace, agent, run, root, kind, credential, target, surface, effect, grade, verdict, findings, fleet_version, risk, feature, user_tag, session, reason, started_at, request_payload, intent_entry, state';
const END_COLUMNS =
  'outcome, code, message, ended_at, upstream_ms, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usage_source, cost_nano_usd, served_by, attempts, side_effect, reply_payload, outcome_entry';
const marks = (columns: string) =>
  columns
    .split(',')
    .map(() => '?')
    .join(', ');
const INTENT_MARKS = marks(INTENT_COLUMNS);

const insertIntent = (entryIndex: string) =>
  `INSERT INTO trace_action (${INTENT_COLUMNS}) VALUES (${INTENT_MARKS.replace(/\?, \?$/, `${entryIndex}, ?`)})`;
const insertRefused = (entryIndex: string) =>
  `INSERT INTO trace_action (${INTENT_COLUMNS}, ${END_COLUMNS}) VALUES (${INTENT_MARKS}, ${marks(END_COLUMNS).replace(/\?$/, entryIndex)})`;
const updateEnd = (entryIndex: string) =>
  `UPDATE trace_action SET state = 'ended', findings = ?, ${END_COLUMNS.split(', ')
    .map((column) => `${column} = ${column === 'outcome_entry' ? entryIndex : '?'}`)
    .join(', ')} WHERE workspace = ? AND id = ?`;

/** Statements that go into the unit of the ledger entry that says the same; `entryIndex` is the SQL for that entry's index. */
export class ActionStatements {
  readonly #intent: string;
  readonly #refused: string;
  readonly #end: string;

  constructor(entryIndex: string) {
    this.#intent = insertIntent(entryIndex);
    this.#refused = insertRefused(entryIndex);
    this.#end = updateEnd(entryIndex);
  }

  intent(record: ActionRecord): Statement {
    return { sql: this.#intent, params: [...recordParams(record), 'executing'] };
  }

  refused(record: ActionRecord, end: ActionEnd): Statement {
    return {
      sql: this.#refused,
      params: [...recordParams({ ...record, findings: end.findings }), null, 'ended', ...endParams(end)],
    };
  }

  end(workspace: string, id: ActionId, end: ActionEnd): Statement {
    return { sql: this.#end, params: [findingsJson(end.findings), ...endParams(end), workspace, id] };
  }
}

function recordParams(record: ActionRecord): SqlValue[] {
  return [
    record.id,
    record.workspace,
    record.agent,
    record.run.id,
    record.run.root,
    record.kind,
    record.credential,
    record.target ?? null,
    record.surface ?? null,
    record.effect ?? null,
    record.grade ?? null,
    record.verdict,
    findingsJson(record.findings),
    record.fleetVersion,
    record.risk,
    record.feature ?? null,
    record.user ?? null,
    record.session ?? null,
    record.reason?.slice(0, MAX_TEXT) ?? null,
    record.startedAtMs,
    record.requestPayload ?? null,
  ];
}

function endParams(end: ActionEnd): SqlValue[] {
  const { usage } = end;
  return [
    end.outcome,
    end.code ?? null,
    end.message?.slice(0, MAX_TEXT) ?? null,
    end.endedAtMs,
    end.upstreamMs ?? null,
    usage?.inputTokens ?? null,
    usage?.cacheReadTokens ?? null,
    usage?.cacheWriteTokens ?? null,
    usage?.outputTokens ?? null,
    usage?.reasoningTokens ?? null,
    usage?.source ?? null,
    end.costNanoUsd,
    end.servedBy ?? null,
    end.attempts ?? null,
    end.sideEffect ?? null,
    end.replyPayload ?? null,
  ];
}

function findingsJson(findings: readonly Finding[]): string {
  const text = JSON.stringify(findings);
  return text.length <= MAX_FINDINGS_BYTES
    ? text
    : JSON.stringify(findings.filter(({ verdict }) => verdict !== 'allow').slice(0, 10));
}
