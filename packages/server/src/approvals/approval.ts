import type { ActionId, ApprovalId, Effect, PayloadId, RunId } from '@reeve/contracts';
import { canonicalAddress } from '../lib/index.ts';
import type { ApprovalState } from './approval-desk.ts';

/** Who decides: a person by id, shown by address. The admin token is the person `admin`. */
export interface Decider {
  readonly id: string;
  readonly name: string;
}

export const ADMIN: Decider = { id: 'admin', name: 'admin' };

export interface Vote {
  readonly by: Decider;
  readonly verdict: 'approve' | 'deny';
  /** What exactly was agreed to: a vote for other arguments does not count. */
  readonly argsDigest: string;
  /** How many equal calls this person lets pass. */
  readonly calls: number;
  readonly atMs: number;
  readonly reason: string | undefined;
}

export interface Escalation {
  readonly atMs: number;
  readonly to: readonly string[];
}

/** Under which conditions an approval was asked for; they stay as they were then. */
export interface ApprovalTerms {
  /** Names of the Approvals objects that cover it, most specific first. */
  readonly objects: readonly string[];
  readonly quorum: number;
  /** Addresses; empty: every approver of the workspace. */
  readonly approvers: readonly string[];
  /** Addresses that may not approve: the agent's owner and sponsor, and whom the run acts for. */
  readonly separated: readonly string[];
  readonly escalations: readonly Escalation[];
  readonly batchMs: number;
  /** Which findings held it, as people saw them. */
  readonly holds: readonly string[];
}

/** One question to people. What changes after creation is exactly the mutable fields. */
export interface Approval {
  readonly id: ApprovalId;
  readonly workspace: string;
  readonly agent: string;
  readonly target: string;
  readonly effect: Effect;
  /** Of the call as the agent proposes it: by this the same call is known again. */
  readonly digest: string;
  /** Of what would be executed: this is what people agree to. */
  argsDigest: string;
  readonly fleetVersion: string;
  readonly action: ActionId;
  readonly run: RunId;
  readonly root: RunId;
  readonly risk: number;
  readonly amount: number | undefined;
  readonly terms: ApprovalTerms;
  readonly requestedAtMs: number;
  readonly expiresAtMs: number;
  state: ApprovalState;
  /** Equal requests that this one question answers. */
  requests: number;
  /** How many calls people let pass, and how many passed. */
  uses: number;
  used: number;
  /** What people see, in the payload store. */
  content: PayloadId;
  /** Whether other arguments than the caller's are to be executed. */
  edited: boolean;
  decidedAtMs: number | undefined;
  /** Why not, in the words of who said no. */
  reason: string | undefined;
  votes: readonly Vote[];
  escalated: number;
}

export function sameAddress(a: string, b: string): boolean {
  return canonicalAddress(a) === canonicalAddress(b);
}

export function includesAddress(list: readonly string[], address: string): boolean {
  return list.some((one) => sameAddress(one, address));
}

/** Who may decide now: those listed, and those to whom it was escalated. Empty: every approver. */
export function approversOf({ terms, escalated }: Pick<Approval, 'terms' | 'escalated'>): readonly string[] {
  if (terms.approvers.length === 0) return [];
  return [...terms.approvers, ...terms.escalations.slice(0, escalated).flatMap(({ to }) => to)];
}

/** Different people who agreed to exactly this; the same person twice counts once. */
export function agreed({ votes, argsDigest }: Pick<Approval, 'votes' | 'argsDigest'>): readonly Vote[] {
  return votes.filter((vote) => vote.verdict === 'approve' && vote.argsDigest === argsDigest);
}

/** A vote in the place of an earlier one of the same person. */
export function withVote(votes: readonly Vote[], vote: Vote): readonly Vote[] {
  return [...votes.filter(({ by }) => by.id !== vote.by.id && !sameAddress(by.name, vote.by.name)), vote];
}
