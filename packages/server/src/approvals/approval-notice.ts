import type { Statement } from '../storage/index.ts';
import type { Approval, Decider } from './approval.ts';

export type NoticeKind =
  | 'requested'
  /** Somebody agreed, but more people must. */
  | 'voted'
  | 'escalated'
  | 'approved'
  | 'denied'
  | 'expired'
  | 'withdrawn'
  | 'used';

/** Something happened to an approval. The approval is a copy as it was then. */
export interface ApprovalNotice {
  readonly kind: NoticeKind;
  readonly approval: Readonly<Approval>;
  readonly atMs: number;
  readonly by?: Decider;
  /** Whom it is escalated to. */
  readonly to?: readonly string[];
}

/** Carries notices to people. Its statements join the unit of what they tell of, so that none is lost by a crash. */
export interface ApprovalOutbox {
  statements(notice: ApprovalNotice): readonly Statement[];
  committed(notice: ApprovalNotice): void;
}

export const noOutbox: ApprovalOutbox = { statements: () => [], committed: () => undefined };
