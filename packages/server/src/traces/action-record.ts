import type { ActionId, ActionKind, Effect, Finding, Grade, NanoUsd, Outcome, Usage, Verdict } from '@reeve/contracts';
import type { JoinedBy } from './joined-by.ts';
import type { RunRef } from './run.ts';

/** What is known of an action when it was decided. Fields are undefined where it ended before they were known. */
export interface DecidedRecord {
  readonly id: ActionId;
  readonly workspace: string;
  readonly agent: string;
  readonly agentId?: string | undefined;
  readonly credentialId?: string | undefined;
  readonly run: RunRef | undefined;
  /** Undefined where its caller named the run, or it began one. */
  readonly joinedBy?: JoinedBy | undefined;
  readonly kind: ActionKind;
  readonly target?: string | undefined;
  readonly surface?: string | undefined;
  readonly effect?: Effect | undefined;
  readonly grade?: Grade | undefined;
  readonly verdict?: Verdict | undefined;
  readonly findings: readonly Finding[];
  readonly fleetVersion?: string | undefined;
  /** 0 to 100. */
  readonly risk?: number | undefined;
  readonly feature?: string | undefined;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
  readonly reason?: string | undefined;
  readonly startedAtMs: number;
  readonly decidedAtMs?: number | undefined;
  readonly requestPayload?: string | undefined;
}

/** How it ended. */
export interface EndedRecord {
  readonly id: ActionId;
  readonly workspace: string;
  readonly outcome: Outcome;
  /** All findings, those about the result included. */
  readonly findings: readonly Finding[];
  readonly endedAtMs: number;
  readonly upstreamMs?: number | undefined;
  readonly usage?: Usage | undefined;
  readonly costNanoUsd: NanoUsd;
  readonly servedBy?: string | undefined;
  readonly attempts?: number | undefined;
  readonly sideEffect?: string | undefined;
  readonly upstreamError?: string | undefined;
  readonly replyPayload?: string | undefined;
}

/** An action as stored. */
export interface ActionRecord
  extends Omit<DecidedRecord, 'run'>,
    Partial<Omit<EndedRecord, 'id' | 'workspace' | 'findings' | 'outcome' | 'costNanoUsd'>> {
  readonly runId: string | undefined;
  readonly runName: string | undefined;
  readonly root: string | undefined;
  readonly parentRun: string | undefined;
  readonly state: 'executing' | 'ended';
  readonly outcome: Outcome | undefined;
  readonly costNanoUsd: NanoUsd;
  /** Indexes in the ledger. */
  readonly intentEntry: number | undefined;
  readonly outcomeEntry: number | undefined;
}
