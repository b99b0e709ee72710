/** The wire: ids, errors, decisions, outcomes and fleet objects as outsiders see them. */
export {
  ACTION_KINDS,
  type ActionKind,
  type Attribution,
  EFFECTS,
  type Effect,
  GRADES,
  type Grade,
  TAGS,
  type Tag,
} from './action.ts';
export type { StopTargetView } from './api/access-routes.ts';
export type { ApprovalRow, ApprovalView } from './api/approval-routes.ts';
export { openApiDocument } from './api/openapi.ts';
export type { BacktestReport, BacktestView } from './api/policy-routes.ts';
export type { ActionView, RunTreeView } from './api/record-routes.ts';
export { PERSON_ROLES, type PersonRole, ROLES, type Role, type Route } from './api/route.ts';
export { API_ROUTES, type ApiRouteName, type ApiRoutes } from './api/routes.ts';
export {
  CONTRIBUTORS,
  type Contributor,
  type Decision,
  type Evidence,
  type Finding,
  VERDICTS,
  type Verdict,
} from './decision.ts';
export { ERRORS, type ErrorCode, type ErrorEntry, isErrorCode } from './errors.ts';
export { type Agent, agentSchema } from './fleet/agent.ts';
export { type Approvals, approvalsSchema } from './fleet/approvals.ts';
export { type Budget, budgetSchema } from './fleet/budget.ts';
export {
  type AccessChange,
  type FieldChange,
  type FleetApplied,
  type FleetPlan,
  type FleetSource,
  type FleetVersion,
  fleetAppliedSchema,
  fleetPlanSchema,
  fleetSourceSchema,
  fleetVersionSchema,
  type LocatedProblem,
  locatedProblemSchema,
  MAX_FLEET_FILES,
  type ObjectChange,
} from './fleet/fleet-change.ts';
export {
  FLEET_KINDS,
  type FleetKind,
  type FleetObject,
  fleetObjectSchema,
  LATER_FLEET_KINDS,
} from './fleet/fleet-object.ts';
export {
  GUARDRAIL_ACTIONS,
  GUARDRAIL_PLACES,
  type GuardrailAction,
  type GuardrailPlace,
  type Guardrails,
  guardrailsSchema,
} from './fleet/guardrails.ts';
export {
  API_SHAPES,
  type ApiShape,
  type Model,
  type ModelTarget,
  modelSchema,
  type Price,
  priceSchema,
} from './fleet/model.ts';
export { type PolicyTest, type PolicyTestCase, policyTestSchema } from './fleet/policy-test.ts';
export { type RiskRules, riskRulesSchema } from './fleet/risk-rules.ts';
export { type Secret, secretSchema } from './fleet/secret.ts';
export { type Cap, durationMs, nameSchema } from './fleet/shared.ts';
export { hasOnlyDeclaredTools, type ToolDeclaration, type ToolServer, toolServerSchema } from './fleet/tool-server.ts';
export { type Workspace, workspaceSchema } from './fleet/workspace.ts';
export {
  type ActionId,
  type AgentId,
  type ApprovalId,
  type BacktestId,
  type CredentialId,
  type GrantId,
  type Id,
  type IdNoun,
  idSchema,
  isId,
  makeId,
  type PayloadId,
  type PersonId,
  type RunId,
  type StopId,
  type TokenId,
} from './ids.ts';
export { OUTCOMES, type Outcome, type OutcomeKind } from './outcome.ts';
export { formatUsd, NANO_PER_USD, type NanoUsd, type Usage, usdToNano } from './usage.ts';
