import type { ToolServer } from '@reeve/contracts';
import type { Fleet } from '../../../registry/index.ts';
import type { CatalogueTool, ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { LocatedTool } from '../operation/tool-operation.ts';

/** How the aggregate endpoint writes names: `server.tool`, or `server_tool` for clients that take no dots. */
export type NameForm = 'dotted' | 'underscore';

const MAX_UNDERSCORE_LENGTH = 64;

export function aggregateName(server: string, tool: string, form: NameForm): string {
  return form === 'dotted' ? `${server}.${tool}` : underscored(`${server}_${tool}`).slice(0, MAX_UNDERSCORE_LENGTH);
}

/** Servers that speak MCP, in the order of their names. */
export function mcpServers(fleet: Fleet): ToolServer[] {
  return [...fleet.toolServers.values()]
    .filter((server) => !('api' in server.transport))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The one tool that a name in either form can mean; undefined where there is none, or more than one. */
export async function locateAggregate(
  catalogue: ToolCatalogue,
  fleet: Fleet,
  name: string,
): Promise<LocatedTool | undefined> {
  const dotted = await matches(catalogue, fleet, dottedSplits(fleet, name));
  if (dotted.length > 0) return dotted.length === 1 ? dotted[0] : undefined;
  const found: LocatedTool[] = [];
  for (const server of mcpServers(fleet)) {
    if (!name.startsWith(`${underscored(server.name)}_`)) continue;
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
    if (server !== undefined && !('api' in server.transport)) splits.push({ server, tool: name.slice(dot + 1) });
  }
  return splits;
}

async function matches(
  catalogue: ToolCatalogue,
  fleet: Fleet,
  splits: readonly LocatedTool[],
): Promise<readonly LocatedTool[]> {
  // With one possible server its own look-up decides, and an unreachable server is told as such.
  if (splits.length <= 1) return splits;
  const found: LocatedTool[] = [];
  for (const split of splits)
    if ((await toolsOrNone(catalogue, fleet, split.server)).has(split.tool)) found.push(split);
  return found;
}

function underscored(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}
