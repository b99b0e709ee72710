import type { ActionId } from '@reeve/contracts';
import type { SqlValue, Statement, Storage } from '../storage/index.ts';
import type { Approval, Vote } from './approval.ts';
import type { ApprovalState } from './approval-desk.ts';
import { type ApprovalRow, toApproval, toVote, type VoteRow } from './approval-row.ts';

const COLUMNS = `id, workspace, agent, target, effect, digest, args_digest, fleet_version, action, run, root, risk, amount, terms,
  requested_at, expires_at, state, requests, uses, used, content, edited, escalated, decided_at, reason`;
const INSERT = `INSERT INTO approval (${COLUMNS})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const LIVE = `SELECT ${COLUMNS} FROM approval WHERE state IN ('pending', 'approved', 'denied') AND expires_at > ? AND id > ? ORDER BY id LIMIT ?`;
const OVERDUE = `SELECT ${COLUMNS} FROM approval WHERE state IN ('pending', 'approved') AND expires_at <= ? ORDER BY id LIMIT ?`;
const ONE = `SELECT ${COLUMNS} FROM approval WHERE workspace = ? AND id = ?`;
const PAST = `SELECT ${COLUMNS} FROM approval WHERE workspace = ? AND agent = ? AND target = ? AND decided_at IS NOT NULL AND id <> ?
  ORDER BY id DESC LIMIT ?`;
const WAITS = `SELECT agent, target, requested_at, decided_at, ended_at, state FROM approval
  WHERE workspace = ? AND requested_at >= ? ORDER BY id DESC LIMIT ?`;
const COUNT_REQUEST = 'UPDATE approval SET requests = ? WHERE workspace = ? AND id = ? AND requests < ?';
const DECIDE = `UPDATE approval SET state = ?, args_digest = ?, content = ?, edited = ?, requests = ?, uses = ?, decided_at = ?, reason = ?
  WHERE workspace = ? AND id = ? AND state = 'pending' AND expires_at > ?`;
const VOTE = `INSERT INTO approval_vote (workspace, approval, person, name, verdict, args_digest, calls, at, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (approval, person) DO UPDATE SET verdict = excluded.verdict, args_digest = excluded.args_digest, calls = excluded.calls, at = excluded.at, reason = excluded.reason`;
const USE = `UPDATE approval SET used = used + 1, used_by = ?, ended_at = ?,
  state = CASE WHEN used + 1 >= uses THEN 'used' ELSE state END
  WHERE workspace = ? AND id = ? AND state = 'approved' AND used < uses AND args_digest = ? AND expires_at > ?`;
const END = `UPDATE approval SET state = ?, ended_at = ? WHERE workspace = ? AND id = ? AND state IN ('pending', 'approved')`;
const ESCALATE = 'UPDATE approval SET escalated = ? WHERE workspace = ? AND id = ? AND escalated < ?';

const SWEEP_VOTES = `DELETE FROM approval_vote WHERE approval IN
  (SELECT id FROM approval WHERE id < ? AND expires_at < ? AND state <> 'pending' ORDER BY id LIMIT ?)`;
const SWEEP = `DELETE FROM approval WHERE id IN
  (SELECT id FROM approval WHERE id < ? AND expires_at < ? AND state <> 'pending' ORDER BY id LIMIT ?)`;

export interface WaitRow {
  readonly agent: string;
  readonly target: string;
  readonly requestedAtMs: number;
  /** Undefined where nobody decided. */
  readonly decidedAtMs: number | undefined;
  readonly state: ApprovalState;
}

export interface ApprovalFilter {
  readonly state?: ApprovalState | undefined;
  readonly agent?: string | undefined;
  readonly target?: string | undefined;
  readonly run?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

type Tables = { approval: ApprovalRow; approval_vote: VoteRow };

/** Rows of approvals and of the votes on them. */
export class ApprovalStore {
  readonly #storage: Pick<Storage, 'read' | 'reader'>;

  constructor(storage: Pick<Storage, 'read' | 'reader'>) {
    this.#storage = storage;
  }

  /** Of all workspaces: asked once, at the start. */
  live(nowMs: number, afterId: string, limit: number): Promise<Approval[]> {
    return this.#rows(LIVE, [nowMs, afterId, limit]);
  }

  /** What ran out while nobody watched the clock. */
  overdue(nowMs: number, limit: number): Promise<Approval[]> {
    return this.#rows(OVERDUE, [nowMs, limit]);
  }

  async one(workspace: string, id: string): Promise<Approval | undefined> {
    return (await this.#rows(ONE, [workspace, id]))[0];
  }

  /** Earlier decisions about the same tool by the same agent, newest first. */
  past(like: Pick<Approval, 'workspace' | 'agent' | 'target' | 'id'>, limit: number): Promise<Approval[]> {
    return this.#rows(PAST, [like.workspace, like.agent, like.target, like.id, limit]);
  }

  /** Newest first. */
  async page(workspace: string, filter: ApprovalFilter): Promise<Approval[]> {
    let query = this.#storage.reader.withTables<Tables>().selectFrom('approval').selectAll();
    query = query.where('workspace', '=', workspace);
    for (const column of ['state', 'agent', 'target', 'run'] as const) {
      const value = filter[column];
      if (value !== undefined) query = query.where(column, '=', value);
    }
    if (filter.cursor !== undefined) query = query.where('id', '<', filter.cursor);
    return this.#withVotes((await query.orderBy('id', 'desc').limit(filter.limit).execute()) as ApprovalRow[]);
  }

  async waits(workspace: string, sinceMs: number, limit: number): Promise<WaitRow[]> {
    const rows = await this.#storage.read<ApprovalRow>(WAITS, [workspace, sinceMs, limit]);
    return rows.map((row) => ({
      agent: row.agent,
      target: row.target,
      requestedAtMs: Number(row.requested_at),
      decidedAtMs: row.decided_at === null ? undefined : Number(row.decided_at),
      state: row.state as ApprovalState,
    }));
  }

  async #rows(sql: string, params: readonly SqlValue[]): Promise<Approval[]> {
    return this.#withVotes(await this.#storage.read<ApprovalRow>(sql, params));
  }

  async #withVotes(rows: readonly ApprovalRow[]): Promise<Approval[]> {
    if (rows.length === 0) return [];
    const votes = await this.#storage.reader
      .withTables<Tables>()
      .selectFrom('approval_vote')
      .selectAll()
      .where('workspace', 'in', [...new Set(rows.map(({ workspace }) => workspace))])
      .where(
        'approval',
        'in',
        rows.map(({ id }) => id),
      )
      .orderBy('at')
      .execute();
    const cast = Map.groupBy(votes as VoteRow[], ({ approval }) => approval);
    return rows.map((row) => toApproval(row, (cast.get(row.id) ?? []).map(toVote)));
  }
}

export function insertApproval(approval: Approval): Statement {
  return {
    sql: INSERT,
    params: [
      approval.id,
      approval.workspace,
      approval.agent,
      approval.target,
      approval.effect,
      approval.digest,
      approval.argsDigest,
      approval.fleetVersion,
      approval.action,
      approval.run,
      approval.root,
      Math.round(approval.risk),
      approval.amount === undefined ? null : String(approval.amount),
      JSON.stringify(approval.terms),
      approval.requestedAtMs,
      approval.expiresAtMs,
      approval.state,
      approval.requests,
      approval.uses,
      approval.used,
      approval.content,
      approval.edited ? 1 : 0,
      approval.escalated,
      approval.decidedAtMs ?? null,
      approval.reason ?? null,
    ],
  };
}

export function countRequest({ workspace, id, requests }: Approval): Statement {
  return { sql: COUNT_REQUEST, params: [requests, workspace, id, requests] };
}

/** Fails where it is no longer pending, or its time is over. */
export function decideApproval(next: Approval, nowMs: number): Statement {
  const { workspace, id, state, argsDigest, content, edited, requests, uses, decidedAtMs, reason } = next;
  const decided = [state, argsDigest, content, edited ? 1 : 0, requests, uses, decidedAtMs ?? null, reason ?? null];
  return { sql: DECIDE, params: [...decided, workspace, id, nowMs], expect: 1 };
}

export function castVote(
  { workspace, id }: Approval,
  { by, verdict, argsDigest, calls, atMs, reason }: Vote,
): Statement {
  return { sql: VOTE, params: [workspace, id, by.id, by.name, verdict, argsDigest, calls, atMs, reason ?? null] };
}

/** Fails where another call used it up, or it no longer lets anything pass. */
export function useApproval({ workspace, id, argsDigest }: Approval, action: ActionId, nowMs: number): Statement {
  return { sql: USE, params: [action, nowMs, workspace, id, argsDigest, nowMs], expect: 1 };
}

export function endApproval({ workspace, id }: Approval, state: 'expired' | 'withdrawn', nowMs: number): Statement {
  return { sql: END, params: [state, nowMs, workspace, id] };
}

export function escalateApproval({ workspace, id, escalated }: Approval): Statement {
  return { sql: ESCALATE, params: [escalated, workspace, id, escalated] };
}

/** Forgets what was asked before this id and is long over, of all workspaces; the ledger keeps that it was. */
export function sweepApprovals(beforeId: string, nowMs: number, limit: number): readonly Statement[] {
  return [SWEEP_VOTES, SWEEP].map((sql) => ({ sql, params: [beforeId, nowMs, limit] }));
}
