/** Agents, tools, models: fleet versions, lifecycle, stops. */
export { type AgentRecord, agentRecord } from './agent-record.ts';
export type { Fleet, FleetPart, FleetProblem, PolicyFile, WhoCanDiff } from './fleet.ts';
export { fleetJsonSchemas } from './fleet-json-schemas.ts';
export { problemsOf } from './fleet-parts.ts';
export { type ChangeOptions, FleetService, type FleetServiceOptions } from './fleet-service.ts';
export { readFleetDirectory } from './read-fleet-directory.ts';
export type { RegistryEntry, RegistryLedger } from './registry-entry.ts';
export { type Halt, haltOf, type Stop, type StopTarget } from './stop.ts';
export type { StopFacts } from './stop-board.ts';
export { type StopOrdered, Stops } from './stops.ts';
export { type Evaluated, type ToolExpressions, toolExpressions } from './tool-expressions.ts';
