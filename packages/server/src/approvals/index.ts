/** Held actions, and what people say of them. */
export {
  type ApprovalDesk,
  type ApprovalState,
  type Clearance,
  type HeldAction,
  noApprovals,
  type ProposedCallFacts,
  type Recalled,
} from './approval-desk.ts';
