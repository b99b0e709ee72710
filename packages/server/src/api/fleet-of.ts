import { ReeveError } from '../lib/index.ts';
import type { Fleet, FleetService } from '../registry/index.ts';

export function fleetOf(fleets: FleetService, workspace: string): Fleet {
  const fleet = fleets.current(workspace);
  if (fleet === undefined)
    throw new ReeveError(
      'not_found',
      `no fleet is in force in workspace ${JSON.stringify(workspace)}; apply one with: reeve apply DIR`,
    );
  return fleet;
}
