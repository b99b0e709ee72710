import type {
  ActionId,
  ActionKind,
  Effect,
  ErrorCode,
  Finding,
  Grade,
  NanoUsd,
  OutcomeKind,
  PayloadId,
  Usage,
  Verdict,
} from '@reeve/contracts';
import type { RunRef } from './run.ts';

/** What is known of an action when its intent is recorded, or when it is refused before that. */
export interface ActionRecord {
  readonly id: ActionId;
  readonly workspace: string;
  readonly agent: string;
  readonly run: RunRef;
  readonly kind: ActionKind;
  readonly credential: string;
  readonly target: string | undefined;
  readonly surface: string | undefined;
  readonly effect: Effect | undefined;
  readonly grade: Grade | undefined;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly fleetVersion: string;
  readonly risk: number;
  readonly feature: string | undefined;
  readonly user: string | undefined;
  readonly session: string | undefined;
  readonly reason: string | undefined;
  readonly startedAtMs: number;
  readonly requestPayload: PayloadId | undefined;
}

/** How it ended. */
export interface ActionEnd {
  readonly outcome: OutcomeKind;
  readonly code: ErrorCode | undefined;
  readonly message: string | undefined;
  readonly endedAtMs: number;
  readonly upstreamMs: number | undefined;
  readonly usage: Usage | undefined;
  readonly costNanoUsd: NanoUsd;
  readonly servedBy: string | undefined;
  readonly attempts: number | undefined;
  readonly sideEffect: string | undefined;
  readonly replyPayload: PayloadId | undefined;
  /** All findings, those of the result included. */
  readonly findings: readonly Finding[];
}
