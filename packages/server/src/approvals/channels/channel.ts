import type { Approvals } from '@reeve/contracts';
import type { Approval, Decider } from '../approval.ts';
import type { ApprovalContent } from '../approval-content.ts';
import type { NoticeKind } from '../approval-notice.ts';

/** One entry of an Approvals object's `channels`. */
export type ChannelConfig = Approvals['channels'][number];
export type SlackConfig = Extract<ChannelConfig, { slack: unknown }>['slack'];
export type EmailConfig = Extract<ChannelConfig, { email: unknown }>['email'];
export type WebhookConfig = Extract<ChannelConfig, { webhook: unknown }>['webhook'];

/** Which channel of a workspace: by its place, so that the fleet may change what stands there. */
export interface ChannelPlace {
  readonly workspace: string;
  /** Name of the Approvals object, and the position in its list. */
  readonly object: string;
  readonly channel: number;
}

/** What people are shown: the question, and what is known of who asks. */
export interface ShownApproval {
  readonly approval: Readonly<Approval>;
  /** Undefined once its retention ended. */
  readonly content: ApprovalContent | undefined;
  readonly purpose: string | undefined;
  readonly owner: string | undefined;
}

/** One message to one recipient. */
export interface Delivery extends ChannelPlace {
  /** The same in every attempt, so that receivers can tell repetitions. */
  readonly id: string;
  readonly kind: NoticeKind;
  /** An address, for channels that write to each person; else empty. */
  readonly recipient: string;
  readonly createdAtMs: number;
  /** What the channel called the first message about this approval, once it took it. */
  readonly first: string | undefined;
}

/** Delivers or throws; then it is tried again later. Answers what the message is called there. */
export type Send<C> = (
  config: C,
  delivery: Delivery,
  shown: ShownApproval,
  signal: AbortSignal,
) => Promise<string | undefined>;

/** A message that no later attempt could deliver. */
export class Undeliverable extends Error {}

/** Approvals as channels see them. */
export interface ApprovalCounter {
  show(workspace: string, approval: string): Promise<ShownApproval | undefined>;
  /** Who may speak under this address in this workspace; undefined for strangers. */
  person(workspace: string, address: string): Decider | undefined | Promise<Decider | undefined>;
  /** Re-authorises and decides. Throws ReeveError with words for the person: not an approver, decided already, changed since. */
  decide(vote: {
    readonly workspace: string;
    readonly approval: string;
    readonly by: Decider;
    readonly verdict: 'approve' | 'deny';
    /** What the person saw: the arguments, and how many equal requests one answer counts for. */
    readonly argsDigest: string;
    readonly count: number;
    readonly reason: string | undefined;
  }): Promise<unknown>;
}
