/** What the control API answers, one file per area; plain functions of declared input. */
import type { ApiRoutes } from '@reeve/contracts';
import type { ApiHandlers } from '../http/index.ts';
import { type AccessParts, accessHandlers } from './access-handlers.ts';
import { type FleetParts, fleetHandlers } from './fleet-handlers.ts';
import { type RecordParts, recordHandlers } from './record-handlers.ts';

export function apiHandlers(parts: FleetParts & AccessParts & RecordParts): ApiHandlers<ApiRoutes> {
  return { ...fleetHandlers(parts), ...accessHandlers(parts), ...recordHandlers(parts) };
}

export { stateOfAction } from './record-handlers.ts';
