/** Agents, tools, models: fleet versions, lifecycle, stops. */
export { type AgentRecord, agentRecord } from './agent-record.ts';
export { candidateFleet } from './candidate-fleet.ts';
export { compileSource } from './compile-source.ts';
export { didYouMean } from './did-you-mean.ts';
export type { Fleet, FleetPart, FleetProblem, PolicyFile } from './fleet.ts';
export { fleetJsonSchemas } from './fleet-json-schemas.ts';
export { FleetService } from './fleet-service.ts';
export { type ReadDocument, readDocuments } from './read-documents.ts';
export { readFleetDirectory, readPolicyTests } from './read-fleet-directory.ts';
export { targetWords } from './stop.ts';
export { Stops } from './stops.ts';
export { type ToolExpressions, toolExpressions } from './tool-expressions.ts';
