import type { ActionId, Agent, ApprovalId, Effect, Finding, GrantId, RunId, ToolDeclaration } from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import type { Statement } from '../storage/index.ts';

/** A call as an agent proposed it. The same call again has the same digest. */
export interface ProposedCallFacts {
  readonly workspace: string;
  readonly agent: Agent;
  readonly target: string;
  /** SHA-256, hex, over the canonical JSON of target and arguments as proposed; empty for a read, which nobody recalls. */
  readonly digest: string;
  readonly atMs: number;
}

/** What people need to decide, and what their answer binds to. */
export interface HeldAction extends ProposedCallFacts {
  readonly action: ActionId;
  readonly run: RunId;
  readonly root: RunId;
  readonly effect: Effect;
  readonly reversible: 'irreversible' | 'compensable' | { readonly withinMs: number };
  /** As declared; undefined for a tool nobody declared. */
  readonly declaration: ToolDeclaration | undefined;
  /** What would be executed: as proposed, as a guardrail redacted it, or as an approver edited it. */
  readonly args: Readonly<Record<string, unknown>>;
  /** SHA-256, hex, over the canonical JSON of target and `args`. */
  readonly argsDigest: string;
  readonly fleetVersion: string;
  /** All findings, those that hold among them. */
  readonly findings: readonly Finding[];
  readonly risk: number;
  readonly amount: number | undefined;
  readonly subject: string | undefined;
  readonly destination: string | undefined;
  readonly reason: string | undefined;
  readonly user: string | undefined;
  readonly session: string | undefined;
  readonly feature: string | undefined;
  /** Decide only: nothing is asked of people, nothing is used up. */
  readonly dryRun: boolean;
}

/** What people said before about exactly this call: it may carry other arguments. Uses up nothing. */
export interface Recalled {
  readonly approval: ApprovalId;
  /** Arguments as an approver edited them. */
  readonly args?: Readonly<Record<string, unknown>>;
}

export type Clearance =
  /** People let it pass: every hold is released by this approval or grant. */
  | {
      readonly kind: 'released';
      readonly by: ApprovalId | GrantId;
      readonly finding: Finding;
      /** Uses it up, in the unit of the intent; a statement's expectation fails where another call was first. */
      readonly statements: readonly Statement[];
      readonly entries: readonly EntryBody[];
      /** Once the action has its intent on record, or will never have one. */
      settled(intended: boolean): void;
    }
  /** It waits: for an approval that this opens, or one that is open already. */
  | {
      readonly kind: 'waits';
      readonly approval: ApprovalId;
      readonly finding: Finding;
      readonly statements: readonly Statement[];
      readonly entries: readonly EntryBody[];
      /** Once that is on record; channels are told then. */
      settled(recorded: boolean): void;
    }
  /** People said no, or it was asked too often. */
  | { readonly kind: 'refused'; readonly finding: Finding };

export type ApprovalState = 'pending' | 'approved' | 'denied' | 'expired' | 'used' | 'withdrawn';

/** Where held actions wait for people. */
export interface ApprovalDesk {
  /** Whether the call must wait for a person whatever its risk: irreversible, or an Approvals object says so. */
  requirement(held: Omit<HeldAction, 'findings' | 'risk' | 'argsDigest'>): Finding | undefined;
  recall(call: ProposedCallFacts): Recalled | undefined;
  clear(held: HeldAction, recalled: Recalled | undefined): Clearance | Promise<Clearance>;
  /** Resolves with the state when it is no longer pending, at the latest after `timeoutMs`, or when `signal` aborts. */
  wait(approval: ApprovalId, options: { timeoutMs: number; signal: AbortSignal }): Promise<ApprovalState>;
}

/** Nobody to ask: what is held stays refused. */
export const noApprovals: ApprovalDesk = {
  requirement: () => undefined,
  recall: () => undefined,
  clear: () => ({
    kind: 'refused',
    finding: { by: 'approval', verdict: 'deny', code: 'approval_required', message: 'there is nobody to ask' },
  }),
  wait: () => Promise.resolve('pending'),
};
