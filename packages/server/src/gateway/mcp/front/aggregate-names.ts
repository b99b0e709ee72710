import type { ToolServer } from '@reeve/contracts';
import type { Fleet } from '../../../registry/index.ts';
import type { CatalogueTool, ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { LocatedTool } from '../operation/operation-parts.ts';

/** How the aggregate endpoint writes names: `server.tool`, or `server_tool` for clients that take no dots. */
export type NameForm = 'dotted' | 'underscore';

const MAX_UNDERSCORE_LENGTH = 64;

export function aggregateName(server: string, tool: string, form: NameForm): string {
  return form === 'dotted' ? `${server}.${tool}` : underscored(`${server}_${tool}`).slice(0, MAX_UNDERSCORE_LENGTH);
}

export function serversByName(fleet: Fleet): ToolServer[] {
  return [...fleet.toolServers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Located = LocatedTool | undefined;

/** The one tool that `server.tool` can mean, as names of both may hold dots; undefined where there is none, or more than one. */
export function locateDotted(catalogue: ToolCatalogue, fleet: Fleet, name: string): Located | Promise<Located> {
  const splits = dottedSplits(fleet, name);
  // With one possible server its own look-up decides, and an unreachable server is told as such.
  return splits.length <= 1 ? splits[0] : onlyMatch(catalogue, fleet, splits);
}

/** The same of a name in either form. */
export function locateAggregate(catalogue: ToolCatalogue, fleet: Fleet, name: string): Located | Promise<Located> {
  if (dottedSplits(fleet, name).length > 0) return locateDotted(catalogue, fleet, name);
  const splits = serversByName(fleet).filter((server) => name.startsWith(`${underscored(server.name)}_`));
  return splits.length === 0 ? undefined : locateUnderscored(catalogue, fleet, name, splits);
}

async function locateUnderscored(
  catalogue: ToolCatalogue,
  fleet: Fleet,
  name: string,
  servers: readonly ToolServer[],
): Promise<Located> {
  const found: LocatedTool[] = [];
  for (const server of servers) {
    for (const tool of (await toolsOrNone(catalogue, fleet, server)).keys())
      if (aggregateName(server.name, tool, 'underscore') === name) found.push({ server, tool });
  }
  return found.length === 1 ? found[0] : undefined;
}

/** A server that cannot be reached must not take the others from the list. */
export async function toolsOrNone(
  catalogue: ToolCatalogue,
  fleet: Fleet,
  server: ToolServer,
): Promise<ReadonlyMap<string, CatalogueTool>> {
  try {
    return await catalogue.tools(fleet.workspace, server);
  } catch {
    return new Map();
  }
}

function dottedSplits(fleet: Fleet, name: string): LocatedTool[] {
  const splits: LocatedTool[] = [];
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const server = fleet.toolServers.get(name.slice(0, dot));
    if (server !== undefined) splits.push({ server, tool: name.slice(dot + 1) });
  }
  return splits;
}

async function onlyMatch(catalogue: ToolCatalogue, fleet: Fleet, splits: readonly LocatedTool[]): Promise<Located> {
  const found: LocatedTool[] = [];
  for (const split of splits)
    if ((await toolsOrNone(catalogue, fleet, split.server)).has(split.tool)) found.push(split);
  return found.length === 1 ? found[0] : undefined;
}

function underscored(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}
