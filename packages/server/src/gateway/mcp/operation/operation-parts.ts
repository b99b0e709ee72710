import type { ToolServer } from '@reeve/contracts';
import type { Fleet } from '../../../registry/index.ts';
import type { ApiTools, ArgumentCheck } from '../../tools/index.ts';
import type { FleetChanges } from '../catalogue/fleet-changes.ts';
import type { ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { UpstreamPool } from '../upstream/upstream-pool.ts';
import type { StateSeal } from './sealed-state.ts';

/** Whether an agent may know of a tool, `server.tool`. */
export type MayListTool = (workspace: string, agent: string, tool: string) => boolean;

/** What operations and endpoints work with. */
export interface OperationParts {
  readonly pool: UpstreamPool;
  readonly catalogue: ToolCatalogue;
  readonly fleetChanges: FleetChanges;
  readonly apiTools: ApiTools;
  readonly checker: ArgumentCheck;
  readonly seal: StateSeal;
  readonly mayListTool: MayListTool;
  /** Whether a tool is among those of the agent: a call of it is answered by policy, any other tool is unknown. */
  readonly boundsInclude: MayListTool;
}

export interface LocatedTool {
  readonly server: ToolServer;
  readonly tool: string;
}

/** Finds the tool that a request names under a fleet; undefined where there is none. */
export type LocateTool = (fleet: Fleet) => LocatedTool | undefined | Promise<LocatedTool | undefined>;
