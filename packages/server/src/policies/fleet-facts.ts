import { hasOnlyDeclaredTools } from '@reeve/contracts';
import type { FleetFacts } from '@reeve/policy';
import type { Fleet } from '../registry/index.ts';
import { NamePatterns } from './name-patterns.ts';

const MAX_NAMES_SHOWN = 8;

/** What policy checks may ask of a fleet. */
export function fleetFacts(fleet: Fleet): FleetFacts {
  return {
    unknownEntity: (type, id) => unknownEntity(fleet, type, id),
    effectOf: (tool) => declarationOf(fleet, tool)?.effect,
    autonomyOf: (agent) => fleet.agents.get(agent)?.autonomy,
    outOfBounds: (agent, type, id) => outOfBounds(fleet, agent, type, id),
  };
}

/** Tool names are `server.tool`; a server's name has no dot. */
export function serverOf(tool: string): string {
  const dot = tool.indexOf('.');
  return dot < 0 ? '' : tool.slice(0, dot);
}

function declarationOf(fleet: Fleet, tool: string) {
  const server = serverOf(tool);
  const tools = fleet.toolServers.get(server)?.tools;
  const name = tool.slice(server.length + 1);
  return tools !== undefined && Object.hasOwn(tools, name) ? tools[name] : undefined;
}

function unknownEntity(fleet: Fleet, type: string, id: string): string | undefined {
  switch (type) {
    case 'Agent':
      return fleet.agents.has(id) ? undefined : missing('agent', id, fleet.agents.keys());
    case 'ToolServer':
      return fleet.toolServers.has(id) ? undefined : missing('tool server', id, fleet.toolServers.keys());
    case 'Tool':
      return unknownTool(fleet, id);
    case 'Model':
      return unknownModel(fleet, id);
    default:
      return undefined;
  }
}

/** An MCP server may offer tools that nobody declared; any other server has only its declared ones. */
function unknownTool(fleet: Fleet, id: string): string | undefined {
  const server = fleet.toolServers.get(serverOf(id));
  if (serverOf(id) === '') return `a tool is named server.tool; "${id}" has no server`;
  if (server === undefined) return missing('tool server', serverOf(id), fleet.toolServers.keys());
  if (!hasOnlyDeclaredTools(server) || declarationOf(fleet, id) !== undefined) return undefined;
  return missing(
    'tool',
    id,
    Object.keys(server.tools).map((name) => `${server.name}.${name}`),
  );
}

function unknownModel(fleet: Fleet, id: string): string | undefined {
  if (fleet.models.has(id)) return undefined;
  const slash = id.indexOf('/');
  if (slash < 0) return missing('model', id, fleet.models.keys());
  const provider = id.slice(0, slash);
  if (Object.hasOwn(fleet.settings.providers, provider)) return undefined;
  return missing('provider', provider, Object.keys(fleet.settings.providers));
}

function outOfBounds(fleet: Fleet, name: string, type: string, id: string): string | undefined {
  const agent = fleet.agents.get(name);
  if (agent === undefined) return undefined;
  const field = type === 'Tool' ? 'tools' : 'models';
  if (new NamePatterns(agent[field]).matches(id)) return undefined;
  return `agent ${name} does not list ${id}; add it to its ${field}`;
}

function missing(noun: string, name: string, known: Iterable<string>): string {
  const names = [...known].sort();
  const shown = names.slice(0, MAX_NAMES_SHOWN).join(', ') + (names.length > MAX_NAMES_SHOWN ? ', ...' : '');
  return `no ${noun} is named "${name}"; ${names.length === 0 ? 'there is none' : `there are ${shown}`}`;
}
