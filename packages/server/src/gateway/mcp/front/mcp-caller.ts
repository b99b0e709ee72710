import type { Agent } from '@reeve/contracts';
import type { Identity, PresentedCredential } from '../../../access/index.ts';
import type { Fleet } from '../../../registry/index.ts';

/** Who asks, for what is answered without an action: handshakes, sessions and lists. */
export interface McpCaller {
  readonly identity: Identity;
  readonly agent: Agent;
  readonly fleet: Fleet;
}

/** Throws ReeveError: `unauthenticated` for an unknown credential, a stop's own code for what is stopped. */
export interface McpCallers {
  callerOf(presented: PresentedCredential): McpCaller | Promise<McpCaller>;
}

/** What sessions and their streams are bound to. */
export function principalOf({ identity }: McpCaller): string {
  return JSON.stringify([identity.workspace, identity.agent, identity.credentialId]);
}
