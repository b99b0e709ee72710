import { hasOnlyDeclaredTools } from '@reeve/contracts';
import { didYouMean } from './did-you-mean.ts';
import type { Fleet, FleetProblem } from './fleet.ts';
import { type ObjectKey, objectKey } from './object-key.ts';

const MAX_CHAIN = 100;

interface Undo {
  readonly server: string;
  readonly tool: string;
  readonly by: string;
}

/** `reversible.by`: the undoing tool is declared, and no tool is undone by way of itself. */
export function undoProblems(fleet: Fleet, faulty: ReadonlySet<ObjectKey>): FleetProblem[] {
  const undos = new Map<string, Undo>();
  for (const server of fleet.toolServers.values())
    for (const [tool, { reversible }] of Object.entries(server.tools))
      if (typeof reversible === 'object')
        undos.set(`${server.name}.${tool}`, { server: server.name, tool, by: reversible.by });
  const problems: FleetProblem[] = [];
  for (const undo of undos.values()) {
    const message = danglingUndo(fleet, undo.by, faulty) ?? circle(undos, undo);
    if (message === undefined) continue;
    problems.push({
      object: { kind: 'ToolServer', name: undo.server },
      path: ['tools', undo.tool, 'reversible', 'by'],
      message,
    });
  }
  return problems;
}

function danglingUndo(fleet: Fleet, by: string, faulty: ReadonlySet<ObjectKey>): string | undefined {
  const dot = by.indexOf('.');
  if (dot < 1) return `expected a tool as server.tool; found "${by}"`;
  const [serverName, toolName] = [by.slice(0, dot), by.slice(dot + 1)];
  const server = fleet.toolServers.get(serverName);
  if (faulty.has(objectKey('ToolServer', serverName))) return undefined;
  if (server === undefined)
    return `there is no ToolServer "${serverName}"${didYouMean(serverName, fleet.toolServers.keys())}`;
  // A tool of an MCP server may exist without a declaration; one of any other server exists only by it.
  if (!hasOnlyDeclaredTools(server) || Object.hasOwn(server.tools, toolName)) return undefined;
  return `ToolServer ${serverName} declares no tool "${toolName}"${didYouMean(toolName, Object.keys(server.tools))}`;
}

function circle(undos: ReadonlyMap<string, Undo>, first: Undo): string | undefined {
  const start = `${first.server}.${first.tool}`;
  const way = [start];
  const seen = new Set(way);
  for (let undo: Undo | undefined = first; undo !== undefined && way.length < MAX_CHAIN; undo = undos.get(undo.by)) {
    way.push(undo.by);
    if (undo.by === start) return `a circle of undoing: ${way.join(' -> ')}; leave reversible out at one of them`;
    if (seen.has(undo.by)) return undefined;
    seen.add(undo.by);
  }
  return undefined;
}
