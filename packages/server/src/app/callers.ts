import { AdminTokens, CredentialService, ShadowAgents } from '../access/index.ts';
import type { Events } from '../telemetry/index.ts';
import type { Features } from './features.ts';
import type { Keepers } from './keepers.ts';

/** Who may speak, and who tried to. */
export async function openCallers(
  building: AsyncDisposableStack,
  keepers: Keepers,
  features: Features,
  events: Events,
) {
  const { storage, ledger } = keepers;
  const { fleets, stops } = features;
  const agentExists = (workspace: string, agent: string) => fleets.current(workspace)?.agents.has(agent) === true;
  const credentials = building.use(await CredentialService.open({ storage, log: ledger, agentExists }));
  credentials.onRevoked(({ workspace, id }) => stops.endCredential(workspace, id));
  const onFirstSeen = (shadow: { fingerprint: string; reason: string }) => events.shadowSeen(shadow);
  const shadows = building.use(await ShadowAgents.open({ storage, log: ledger, onFirstSeen }));
  return { credentials, shadows, admins: await AdminTokens.open(storage) };
}

export type Callers = Awaited<ReturnType<typeof openCallers>>;
