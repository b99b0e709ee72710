/** Agents, tools, models: fleet versions, lifecycle, stops. */
export type { Fleet, FleetPart, FleetProblem, PolicyFile } from './fleet.ts';
