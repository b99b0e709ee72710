/** Typed client of the control API, and governance of functions inside an agent's own process. */
export type { ReeveOptions } from './action-client.ts';
export type { CallReport, Describe, Permit, PermitFacts, RunOptions } from './permit.ts';
export { type CallOptions, type GuardOptions, Reeve } from './reeve.ts';
export { ReeveApiError } from './reeve-api-error.ts';
export {
  type ApiArguments,
  type ApiEvent,
  type ApiReply,
  ReeveClient,
  type ReeveClientOptions,
  type StreamOptions,
  type StreamRouteName,
} from './reeve-client.ts';
export {
  type CallFinding,
  type PendingApproval,
  ReeveDenied,
  ReeveHeld,
  ReeveRefusal,
  ReeveUnreachable,
} from './refusals.ts';
