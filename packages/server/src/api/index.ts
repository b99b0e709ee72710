/** What the control API answers, one file per area; plain functions of declared input. */
import type { ApiRoutes } from '@reeve/contracts';
import type { ApiHandlers } from '../http/index.ts';
import { type AccessParts, accessHandlers } from './access-handlers.ts';
import { type AgentParts, agentHandlers } from './agent-handlers.ts';
import { type ApprovalParts, approvalHandlers } from './approval-handlers.ts';
import { type AuditParts, auditHandlers } from './audit-handlers.ts';
import { type FleetParts, fleetHandlers } from './fleet-handlers.ts';
import { type PeopleParts, peopleHandlers } from './people-handlers.ts';
import { type PolicyParts, policyHandlers } from './policy-handlers.ts';
import { type RecordParts, recordHandlers } from './record-handlers.ts';
import { type ToolParts, toolHandlers } from './tool-handlers.ts';

type ApiParts = AccessParts &
  AgentParts &
  ApprovalParts &
  AuditParts &
  FleetParts &
  PeopleParts &
  PolicyParts &
  RecordParts &
  ToolParts;

export function apiHandlers(parts: ApiParts): ApiHandlers<ApiRoutes> {
  return {
    ...accessHandlers(parts),
    ...agentHandlers(parts),
    ...approvalHandlers(parts),
    ...auditHandlers(parts),
    ...fleetHandlers(parts),
    ...peopleHandlers(parts),
    ...policyHandlers(parts),
    ...recordHandlers(parts),
    ...toolHandlers(parts),
  };
}

export { stateOfAction } from './action-view.ts';
