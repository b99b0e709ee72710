/** Held actions, and what people say of them: asked once, answered by those who may, used once, under the rules that were shown. */
export type { Approval, Decider } from './approval.ts';
export type { ApprovalContent } from './approval-content.ts';
export {
  type ApprovalDesk,
  type ApprovalState,
  type Clearance,
  type HeldAction,
  noApprovals,
  type Recalled,
} from './approval-desk.ts';
export type { FeedEvent } from './approval-feed.ts';
export { requirementOf } from './approval-requirement.ts';
export { ApprovalRules } from './approval-rules.ts';
export { Approvals } from './approvals.ts';
export { callDigest } from './call-digest.ts';
export { ApprovalChannels } from './channels/approval-channels.ts';
export { type ChannelRoutesParts, channelRoutes } from './channels/channel-routes.ts';
export { DeliveryRunner } from './channels/delivery-runner.ts';
export { openLinkKey } from './channels/link-key.ts';
export { PageLinks } from './channels/page-link.ts';
export { sendersOf } from './channels/senders.ts';
export type { Decision } from './decision.ts';
export type { Grant } from './grant.ts';
