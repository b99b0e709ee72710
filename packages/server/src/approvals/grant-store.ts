import { type ApprovalId, EFFECTS, type GrantId } from '@reeve/contracts';
import { z } from 'zod';
import type { SqlRow, Statement, Storage } from '../storage/index.ts';
import type { Grant } from './grant.ts';

const COLUMNS =
  'id, workspace, agent, target, approval, scope, max_uses, used, until, created_at, created_by, creator, revoked_at';
const INSERT = `INSERT INTO approval_grant (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const LIVE = `SELECT ${COLUMNS} FROM approval_grant WHERE revoked_at IS NULL AND until > ? ORDER BY id LIMIT ?`;
const PAGE = `SELECT ${COLUMNS} FROM approval_grant WHERE workspace = ? AND id < ? ORDER BY id DESC LIMIT ?`;
const USE = `UPDATE approval_grant SET used = used + 1
  WHERE workspace = ? AND id = ? AND revoked_at IS NULL AND until > ? AND used < max_uses`;
const REVOKE =
  'UPDATE approval_grant SET revoked_at = ?, revoked_by = ? WHERE workspace = ? AND id = ? AND revoked_at IS NULL';
/** Sorts behind every id. */
const LAST = '~';

interface Row extends SqlRow {
  id: string;
  workspace: string;
  agent: string;
  target: string;
  approval: string;
  scope: string;
  max_uses: number;
  used: number;
  until: number;
  created_at: number;
  created_by: string;
  creator: string;
  revoked_at: number | null;
}

const scopeSchema = z.object({
  args: z.enum(['any', 'same', 'some']),
  argsDigest: z.string().optional(),
  equal: z.record(z.string(), z.string()).optional(),
  maxAmount: z.number().optional(),
  // Rows of before these were kept cover nothing.
  effect: z.enum(EFFECTS).optional(),
  holds: z.array(z.string()).default([]),
  flow: z.boolean(),
});

export async function readLiveGrants(storage: Pick<Storage, 'read'>, nowMs: number, limit: number): Promise<Grant[]> {
  return (await storage.read<Row>(LIVE, [nowMs, limit])).map(toGrant);
}

/** Newest first. */
export async function pageGrants(
  storage: Pick<Storage, 'read'>,
  workspace: string,
  beforeId: string | undefined,
  limit: number,
): Promise<Grant[]> {
  return (await storage.read<Row>(PAGE, [workspace, beforeId ?? LAST, limit])).map(toGrant);
}

export function insertGrant(grant: Grant): Statement {
  const { id, workspace, agent, target, approval, scope, maxUses, used, untilMs, createdAtMs, createdBy } = grant;
  const params = [id, workspace, agent, target, approval, JSON.stringify(scope), maxUses, used, untilMs, createdAtMs];
  return { sql: INSERT, params: [...params, createdBy.id, createdBy.name, null] };
}

/** Fails where it is used up, revoked or over. */
export function useGrant({ workspace, id }: Grant, nowMs: number): Statement {
  return { sql: USE, params: [workspace, id, nowMs], expect: 1 };
}

export function revokeGrant({ workspace, id }: Grant, by: string, nowMs: number): Statement {
  return { sql: REVOKE, params: [nowMs, by, workspace, id] };
}

function toGrant(row: Row): Grant {
  return {
    id: row.id as GrantId,
    workspace: row.workspace,
    agent: row.agent,
    target: row.target,
    approval: row.approval as ApprovalId,
    scope: scopeSchema.parse(JSON.parse(row.scope)),
    maxUses: Number(row.max_uses),
    used: Number(row.used),
    untilMs: Number(row.until),
    createdAtMs: Number(row.created_at),
    createdBy: { id: row.created_by, name: row.creator },
    revokedAtMs: row.revoked_at === null ? undefined : Number(row.revoked_at),
  };
}
