import type { OperationParts } from '../operation/operation-parts.ts';
import type { LegacySessions } from './legacy-sessions.ts';
import type { ListSubscriptions } from './list-subscriptions.ts';

interface Listener {
  readonly workspace: string;
  readonly agent: string;
  readonly endpoint: string;
}

const LIST_CHANGED = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };

/** Tells clients of both eras to read their tool list again: their server, the fleet or their agent changed. Returns how to stop. */
export function tellListChanges(
  { catalogue, fleetChanges }: Pick<OperationParts, 'catalogue' | 'fleetChanges'>,
  clients: { readonly sessions: LegacySessions; readonly subscriptions: ListSubscriptions },
): () => void {
  const tell = (isMeant: (listener: Listener) => boolean) => {
    clients.sessions.tell(isMeant, LIST_CHANGED);
    clients.subscriptions.toolsChanged(isMeant);
  };
  const stops = [
    catalogue.onChange((workspace, server) =>
      tell((to) => to.workspace === workspace && (to.endpoint === '' || to.endpoint === server)),
    ),
    fleetChanges.onChange((workspace, agents) =>
      tell((to) => to.workspace === workspace && (agents === undefined || agents.has(to.agent))),
    ),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
