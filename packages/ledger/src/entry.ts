import type { ActionKind, Contributor, Effect, ErrorCode, Grade, OutcomeKind, Usage, Verdict } from '@reeve/contracts';

// ┌──────────────────────────────────────────────────────────────────────────────────────────────────────────┐
// │ FOR EVER. Entries written today are read in ten years, and their bytes are under signatures.              │
// │ Add optional fields and new events. Never rename, remove, retype or give a field another meaning: that    │
// │ takes a new `v`, beside this one. Events are noun plus past tense. Personal or bulk content never appears │
// │ here but as a salted hash; who acted is named by id, not by address.                                      │
// └──────────────────────────────────────────────────────────────────────────────────────────────────────────┘

/** What callers hand in; the ledger adds `v` and `at`. */
export type EntryBody =
  | LedgerOpened
  | ActionIntended
  | ActionCompleted
  | ActionRefused
  | ActionInterrupted
  | FleetApplied
  | FleetRolledBack
  | KeyCreated
  | KeyRotated
  | KeyRevoked
  | StopOrdered
  | StopLifted
  | ToolPinned
  | ToolDrifted
  | ToolApproved
  | PayloadErased
  | ShadowSeen
  | ApprovalRequested
  | ApprovalDecided
  | ApprovalUsed
  | ApprovalEscalated
  | ApprovalExpired
  | ApprovalWithdrawn
  | GrantCreated
  | GrantUsed
  | GrantRevoked
  | TokenCreated
  | TokenRevoked;

export type EntryEvent = EntryBody['event'];

/** `at` is epoch milliseconds by the server's clock; the order of entries is their index, not their time. */
export type LedgerEntry = EntryBody & { readonly v: 1; readonly at: number };

export const ENTRY_EVENTS = [
  'ledger.opened',
  'action.intended',
  'action.completed',
  'action.refused',
  'action.interrupted',
  'fleet.applied',
  'fleet.rolled-back',
  'key.created',
  'key.rotated',
  'key.revoked',
  'stop.ordered',
  'stop.lifted',
  'tool.pinned',
  'tool.drifted',
  'tool.approved',
  'payload.erased',
  'shadow.seen',
  'approval.requested',
  'approval.decided',
  'approval.used',
  'approval.escalated',
  'approval.expired',
  'approval.withdrawn',
  'grant.created',
  'grant.used',
  'grant.revoked',
  'token.created',
  'token.revoked',
] as const satisfies readonly EntryEvent[];

/** First entry of every log. */
interface LedgerOpened {
  readonly event: 'ledger.opened';
  readonly origin: string;
  /** The log that this one goes on from, where an older one had to be closed. */
  readonly previous?: { readonly origin: string; readonly size: number; readonly root: string };
}

/** One contributor's statement. */
export interface EntryFinding {
  readonly by: Contributor;
  readonly verdict: Verdict;
  readonly code?: ErrorCode;
  readonly rule?: string;
  readonly message: string;
  /** What a risk rule added to the score. */
  readonly score?: number;
  readonly waitsFor?: 'person' | 'facts';
  /** The approval or grant that let a hold pass. */
  readonly releasedBy?: string;
}

/** Content kept elsewhere: `digest` is `salted-sha256:` and 64 hex digits over salt and bytes. */
export interface ContentRef {
  readonly digest: string;
  readonly id: string;
  readonly size: number;
}

interface ActionFacts {
  /** The action's id. */
  readonly action: string;
  readonly kind: ActionKind;
  /** Name of the model or tool. */
  readonly target: string;
  readonly effect: Effect;
  readonly grade: Grade;
  readonly workspace: string;
  readonly agent: string;
  readonly credential: string;
  readonly run: string;
  readonly rootRun: string;
  readonly parentRun?: string;
  readonly verdict: Verdict;
  readonly findings: readonly EntryFinding[];
  /** Version of the fleet that decided. */
  readonly fleet: string;
  readonly payload?: ContentRef;
  readonly feature?: string;
  /** Salted hash of all attribution tags. */
  readonly tagsDigest?: string;
}

/** Decided and about to be executed. Written before the effect. */
export interface ActionIntended extends ActionFacts {
  readonly event: 'action.intended';
}

/** How an intended action ended. */
export interface ActionCompleted {
  readonly event: 'action.completed';
  readonly action: string;
  readonly workspace: string;
  readonly agent: string;
  readonly run: string;
  readonly outcome: OutcomeKind;
  readonly code?: ErrorCode;
  readonly servedBy?: string;
  readonly attempts?: number;
  readonly usage?: Usage;
  readonly costNanoUsd: number;
  /** The id that the upstream gave the effect. */
  readonly sideEffect?: string;
  readonly result?: ContentRef;
  readonly durationMs: number;
}

/** An action that never executed: one entry says all. What was not known when it ended is absent. */
export interface ActionRefused extends Partial<Omit<ActionFacts, 'action' | 'kind' | 'findings'>> {
  readonly event: 'action.refused';
  readonly action: string;
  readonly kind: ActionKind;
  readonly findings: readonly EntryFinding[];
  readonly outcome: OutcomeKind;
  readonly code?: ErrorCode;
  readonly durationMs: number;
}

/** Found at start: intended, but the process died before an outcome. `unknown`: a person must look. */
interface ActionInterrupted {
  readonly event: 'action.interrupted';
  readonly action: string;
  readonly workspace: string;
  readonly agent?: string;
  readonly run?: string;
  readonly effect: 'none' | 'unknown';
}

interface FleetApplied {
  readonly event: 'fleet.applied';
  readonly workspace: string;
  readonly version: string;
  readonly previous?: string;
  readonly by: string;
}

interface FleetRolledBack {
  readonly event: 'fleet.rolled-back';
  readonly workspace: string;
  readonly version: string;
  readonly previous: string;
  readonly by: string;
}

interface KeyFacts {
  readonly workspace: string;
  readonly agent: string;
  readonly credential: string;
  readonly by: string;
}

interface KeyCreated extends KeyFacts {
  readonly event: 'key.created';
  readonly expiresAtMs?: number;
}

interface KeyRotated extends KeyFacts {
  readonly event: 'key.rotated';
  /** The credential that takes its place. */
  readonly successor: string;
  readonly overlapUntilMs?: number;
}

interface KeyRevoked extends KeyFacts {
  readonly event: 'key.revoked';
}

interface StopFacts {
  readonly workspace: string;
  readonly stop: string;
  readonly target: { readonly kind: 'agent' | 'run' | 'tool' | 'credential' | 'all'; readonly name: string };
  readonly by: string;
  readonly reason?: string;
}

interface StopOrdered extends StopFacts {
  readonly event: 'stop.ordered';
}

interface StopLifted extends StopFacts {
  readonly event: 'stop.lifted';
}

interface ToolFacts {
  readonly workspace: string;
  /** `server.tool`. */
  readonly tool: string;
  /** Hash of the definition. */
  readonly digest: string;
}

interface ToolPinned extends ToolFacts {
  readonly event: 'tool.pinned';
}

interface ToolDrifted extends ToolFacts {
  readonly event: 'tool.drifted';
  readonly pinned: string;
}

interface ToolApproved extends ToolFacts {
  readonly event: 'tool.approved';
  readonly by: string;
}

/** Content erased before its time; proofs stay intact, as the log holds its salted hash only. */
interface PayloadErased {
  readonly event: 'payload.erased';
  readonly workspace: string;
  readonly payload: string;
  readonly action: string;
  readonly by: string;
}

/** A caller that nobody registered. */
interface ShadowSeen {
  readonly event: 'shadow.seen';
  readonly fingerprint: string;
  readonly reason: string;
  readonly path?: string;
}

interface ApprovalFacts {
  readonly workspace: string;
  readonly approval: string;
  readonly agent: string;
  /** `server.tool`. */
  readonly target: string;
}

/** A held action waits for people. What they are shown is `content`. */
interface ApprovalRequested extends ApprovalFacts {
  readonly event: 'approval.requested';
  readonly action: string;
  readonly run: string;
  readonly content: ContentRef;
  readonly fleet: string;
  /** How many different people must agree. */
  readonly quorum: number;
  readonly expiresAtMs: number;
}

/** One person's word. `state` is what became of the approval by it. */
interface ApprovalDecided extends ApprovalFacts {
  readonly event: 'approval.decided';
  readonly by: string;
  readonly verdict: 'approve' | 'deny';
  readonly state: 'pending' | 'approved' | 'denied';
  /** What is to be executed, where this person edited it. */
  readonly edited?: ContentRef;
  /** How many equal calls it lets pass. */
  readonly uses?: number;
}

/** An action passed by it. Written with the action's intent. */
interface ApprovalUsed extends ApprovalFacts {
  readonly event: 'approval.used';
  readonly action: string;
}

interface ApprovalEscalated extends ApprovalFacts {
  readonly event: 'approval.escalated';
  /** To how many people it went. */
  readonly people: number;
}

/** Nobody answered in time, or what was let pass did not come: that is a no. */
interface ApprovalExpired extends ApprovalFacts {
  readonly event: 'approval.expired';
}

/** It no longer counts, because what people saw is no longer so. */
interface ApprovalWithdrawn extends ApprovalFacts {
  readonly event: 'approval.withdrawn';
  readonly why: string;
}

interface GrantFacts {
  readonly workspace: string;
  readonly grant: string;
  readonly agent: string;
  readonly target: string;
}

/** A standing approval, bounded in time, scope and number. */
interface GrantCreated extends GrantFacts {
  readonly event: 'grant.created';
  readonly by: string;
  /** The approval that it came from. */
  readonly approval: string;
  readonly untilMs: number;
  readonly maxUses: number;
  readonly args: 'any' | 'same' | 'some';
  readonly maxAmount?: number;
  /** Whether it also lets pass what the flow of information holds. */
  readonly flow: boolean;
}

interface GrantUsed extends GrantFacts {
  readonly event: 'grant.used';
  readonly action: string;
}

interface GrantRevoked extends GrantFacts {
  readonly event: 'grant.revoked';
  readonly by: string;
}

interface TokenFacts {
  readonly workspace: string;
  readonly token: string;
  readonly person: string;
  readonly by: string;
}

/** A person may use the control interface. */
interface TokenCreated extends TokenFacts {
  readonly event: 'token.created';
  readonly role: string;
  readonly expiresAtMs: number;
}

interface TokenRevoked extends TokenFacts {
  readonly event: 'token.revoked';
}
