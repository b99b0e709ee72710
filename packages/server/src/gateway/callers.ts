import type { Agent } from '@reeve/contracts';
import type { CredentialService, Identity, PresentedCredential, ShadowAgents } from '../access/index.ts';
import { ReeveError } from '../lib/index.ts';
import type { Fleet, FleetService, Stops } from '../registry/index.ts';

/** Who asks, for what is answered without an action: handshakes and lists. */
export interface Caller {
  readonly identity: Identity;
  readonly agent: Agent;
  readonly fleet: Fleet;
}

export interface CallerParts {
  readonly credentials: Pick<CredentialService, 'identify' | 'refusalReason'>;
  readonly shadows: Pick<ShadowAgents, 'seen'>;
  readonly fleets: Pick<FleetService, 'current'>;
  readonly stops: Pick<Stops, 'check'>;
}

/** Throws ReeveError: `unauthenticated` for an unknown credential, a stop's own code for what is stopped. */
export async function callerOf(parts: CallerParts, presented: PresentedCredential): Promise<Caller> {
  const identity = await parts.credentials.identify(presented);
  const fleet = identity === undefined ? undefined : parts.fleets.current(identity.workspace);
  const agent = identity === undefined ? undefined : fleet?.agents.get(identity.agent);
  if (identity === undefined || fleet === undefined || agent === undefined) {
    const reason =
      identity === undefined ? parts.credentials.refusalReason(presented) : 'its agent is not in the fleet';
    parts.shadows.seen(presented, reason, identity?.workspace);
    throw new ReeveError(
      'unauthenticated',
      'send a key made with `reeve keys create --agent NAME` where your client puts its API key',
    );
  }
  const stopped = parts.stops.check({
    workspace: identity.workspace,
    agent,
    runIds: [],
    credential: identity.credentialId,
  });
  if (stopped !== undefined) throw new ReeveError(stopped.code ?? 'agent_suspended', stopped.message);
  return { identity, agent, fleet };
}
