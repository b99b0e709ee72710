import { includesRole } from '../access/index.ts';
import {
  type ChannelRoutesParts,
  type Decider,
  DeliveryRunner,
  openLinkKey,
  PageLinks,
  sendersOf,
} from '../approvals/index.ts';
import type { Events } from '../telemetry/index.ts';
import type { Callers } from './callers.ts';
import type { Features } from './features.ts';
import type { Keepers } from './keepers.ts';

export interface Channels extends ChannelRoutesParts {
  /** Works off what is to be told. */
  readonly runner: DeliveryRunner;
}

const NO_REASON = 'no reason given';

/** How people hear of approvals, and answer where they are. */
export function openChannels(
  building: AsyncDisposableStack,
  { keepers, features, callers }: { keepers: Keepers; features: Features; callers: Callers },
  { events, approvalUrl, now }: { events: Events; approvalUrl: (approval: string) => string; now: () => number },
): Channels {
  const { approvals, channels, fleets, people, secrets, outbound } = features;
  const links = new PageLinks(openLinkKey(keepers.storage.directory), now);
  const secretValue = (workspace: string, name: string) => secrets.value(workspace, name);
  const counter: ChannelRoutesParts['page']['counter'] = {
    show: async (workspace, id) => {
      const shown = await approvals.show(workspace, id);
      const agent = fleets.current(workspace)?.agents.get(shown?.approval.agent ?? '');
      return shown && { ...shown, purpose: agent?.purpose, owner: agent?.owner };
    },
    person: async (workspace, address) => {
      const person = await people.person(workspace, address);
      return { id: person.id, name: person.address };
    },
    decide: ({ workspace, approval, by, verdict, argsDigest: digest, count, reason }) =>
      approvals.decide(
        workspace,
        approval as Parameters<typeof approvals.decide>[1],
        by,
        verdict === 'approve' ? { verdict, digest, count, reason } : { verdict, reason: reason ?? NO_REASON },
      ),
  };
  const tools = { outbound, secretValue, approvalUrl, links, now };
  const runner = building.use(new DeliveryRunner({ channels, counter, ...sendersOf(tools), events, now }));
  const personOf = (token: string) => {
    const known = callers.admins.check(token) ?? people.check(token);
    // What a viewer may not read in the control API, they may not read here.
    if (known === undefined || !includesRole(known.role, 'approver')) return undefined;
    return { workspaces: known.workspace === '*' ? fleets.workspaces() : [known.workspace], person: known.person };
  };
  const mayRead: ChannelRoutesParts['page']['mayRead'] = ({ approval }, person: Decider) =>
    !people.isRevoked(approval.workspace, person.name);
  return {
    runner,
    page: { counter, links, store: channels.store, personOf, mayRead, now },
    slack: {
      ...tools,
      channels,
      counter,
      onFault: (message, error) => events.fault(message, error),
    },
  };
}
