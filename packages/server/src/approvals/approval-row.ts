import type { ActionId, ApprovalId, Effect, PayloadId, RunId } from '@reeve/contracts';
import { z } from 'zod';
import type { SqlRow } from '../storage/index.ts';
import type { Approval, ApprovalTerms, Vote } from './approval.ts';
import type { ApprovalState } from './approval-desk.ts';

/** A row of `approval`. */
export interface ApprovalRow extends SqlRow {
  id: string;
  workspace: string;
  agent: string;
  target: string;
  effect: string;
  digest: string;
  args_digest: string;
  fleet_version: string;
  action: string;
  run: string;
  root: string;
  risk: number;
  amount: string | null;
  terms: string;
  requested_at: number;
  expires_at: number;
  state: string;
  requests: number;
  uses: number;
  used: number;
  content: string;
  edited: number;
  escalated: number;
  decided_at: number | null;
  reason: string | null;
}

export interface VoteRow extends SqlRow {
  workspace: string;
  approval: string;
  person: string;
  name: string;
  verdict: string;
  args_digest: string;
  calls: number;
  at: number;
  reason: string | null;
}

const termsSchema = z.object({
  objects: z.array(z.string()),
  quorum: z.number(),
  approvers: z.array(z.string()),
  separated: z.array(z.string()),
  escalations: z.array(z.object({ atMs: z.number(), to: z.array(z.string()) })),
  batchMs: z.number(),
  holds: z.array(z.string()),
});

export function toApproval(row: ApprovalRow, votes: readonly Vote[]): Approval {
  return {
    id: row.id as ApprovalId,
    workspace: row.workspace,
    agent: row.agent,
    target: row.target,
    effect: row.effect as Effect,
    digest: row.digest,
    argsDigest: row.args_digest,
    fleetVersion: row.fleet_version,
    action: row.action as ActionId,
    run: row.run as RunId,
    root: row.root as RunId,
    risk: Number(row.risk),
    amount: row.amount === null ? undefined : Number(row.amount),
    terms: termsSchema.parse(JSON.parse(row.terms)) satisfies ApprovalTerms,
    requestedAtMs: Number(row.requested_at),
    expiresAtMs: Number(row.expires_at),
    state: row.state as ApprovalState,
    requests: Number(row.requests),
    uses: Number(row.uses),
    used: Number(row.used),
    content: row.content as PayloadId,
    edited: Number(row.edited) === 1,
    decidedAtMs: row.decided_at === null ? undefined : Number(row.decided_at),
    reason: row.reason ?? undefined,
    votes,
    escalated: Number(row.escalated),
  };
}

export function toVote(row: VoteRow): Vote {
  return {
    by: { id: row.person, name: row.name },
    verdict: row.verdict === 'approve' ? 'approve' : 'deny',
    argsDigest: row.args_digest,
    calls: Number(row.calls),
    atMs: Number(row.at),
    reason: row.reason ?? undefined,
  };
}
