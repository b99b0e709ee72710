import type { Approvals } from '@reeve/contracts';
import type { Fleet, FleetPart } from '../../registry/index.ts';
import type { Statement, Storage } from '../../storage/index.ts';
import type { ApprovalNotice, ApprovalOutbox, NoticeKind } from '../approval-notice.ts';
import type { ChannelConfig, ChannelPlace } from './channel.ts';
import { channelProblems } from './channel-problems.ts';
import { DeliveryStore, insertDelivery } from './delivery-store.ts';

/** What is told: that people are asked, that more are, and how it ended. */
const TOLD: ReadonlySet<NoticeKind> = new Set(['requested', 'escalated', 'approved', 'denied', 'expired', 'withdrawn']);
/** More recipients of one message are a mailing list's work. */
const MAX_RECIPIENTS = 100;

/** Channels of all fleets in force, and the outbox that what happens to approvals goes to. */
export class ApprovalChannels implements ApprovalOutbox, FleetPart {
  readonly store: DeliveryStore;
  readonly #objects = new Map<string, ReadonlyMap<string, Approvals>>();
  #wake: () => void = () => undefined;

  constructor(storage: Pick<Storage, 'read' | 'write'>) {
    this.store = new DeliveryStore(storage);
  }

  async prepare(fleet: Fleet): Promise<Awaited<ReturnType<FleetPart['prepare']>>> {
    return {
      problems: channelProblems(fleet),
      activate: () => void this.#objects.set(fleet.workspace, fleet.approvals),
    };
  }

  /** One row for each recipient, in the unit of what it tells of: a crash loses none. */
  statements({ kind, approval, atMs, to }: ApprovalNotice): readonly Statement[] {
    if (!TOLD.has(kind)) return [];
    const { workspace, id, terms } = approval;
    return this.placesOf(workspace, terms.objects).flatMap(({ config, ...place }) =>
      recipientsOf(config, kind === 'escalated' ? to : undefined).map((recipient) =>
        insertDelivery(place, { approval: id, kind, recipient, atMs }),
      ),
    );
  }

  committed(): void {
    this.#wake();
  }

  onWork(wake: () => void): void {
    this.#wake = wake;
  }

  configOf({ workspace, object, channel }: ChannelPlace): ChannelConfig | undefined {
    return this.#objects.get(workspace)?.get(object)?.channels[channel];
  }

  /** Of the most specific object that has any. @param objects most specific first */
  placesOf(workspace: string, objects: readonly string[]): readonly (ChannelPlace & { config: ChannelConfig })[] {
    const known = this.#objects.get(workspace);
    for (const object of objects) {
      const channels = known?.get(object)?.channels ?? [];
      if (channels.length > 0) return channels.map((config, channel) => ({ workspace, object, channel, config }));
    }
    return [];
  }
}

/** Mail goes to each person apart, for each link is theirs; on escalation to the new people only. */
function recipientsOf(config: ChannelConfig, escalatedTo: readonly string[] | undefined): readonly string[] {
  if (!('email' in config)) return [''];
  const addresses = (escalatedTo ?? config.email.to).map((address) => address.toLowerCase());
  return [...new Set(addresses)].slice(0, MAX_RECIPIENTS);
}
