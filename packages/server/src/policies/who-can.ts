import { type Agent, type Effect, hasOnlyDeclaredTools } from '@reeve/contracts';
import { type Condition, type Known, type PolicyResource, type Prospect, prospect } from '@reeve/policy';
import type { Fleet } from '../registry/index.ts';
import { serverOf } from './fleet-facts.ts';
import { type FleetPolicies, mayAct, withinBounds } from './fleet-policies.ts';

/** `tool` may also name a model. */
export type WhoCanQuery = { readonly effect: string } | { readonly tool: string };

export interface WhoCanRow {
  readonly agent: string;
  readonly action: 'call' | 'generate';
  /** `server.tool`, `server.*` for the tools of a server that nobody declared, or a model. */
  readonly resource: string;
  readonly effect: Effect;
  readonly verdict: Prospect['verdict'];
  /** Cedar text; all of them must hold. Permits are alternatives, so they are one condition together. */
  readonly conditions: readonly string[];
  readonly words: readonly string[];
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
}

/** Tools that a server was seen to offer, without the server's name. */
export type KnownTools = (workspace: string, server: string) => Iterable<string>;

export interface Reachable {
  readonly resource: PolicyResource;
  readonly effect: Effect;
}

/** Nobody declared it: it counts as a write. */
const UNDECLARED: Effect = 'write';
const ANY_OTHER = '*';

export function whoCanRows(active: FleetPolicies, query: WhoCanQuery, knownTools: KnownTools): WhoCanRow[] {
  const asked = askedResources(active.fleet, query, knownTools);
  const agents = [...active.fleet.agents.values()].filter(mayAct);
  return asked.flatMap((reachable) => agents.flatMap((agent) => rowOf(active, agent, reachable) ?? []));
}

/** One agent and one resource; undefined beyond the agent's bounds. */
export function rowOf(active: FleetPolicies, agent: Agent, { resource, effect }: Reachable): WhoCanRow | undefined {
  const bounds = active.bounds.get(agent.name);
  if (bounds === undefined || !withinBounds(bounds, resource)) return undefined;
  const action = resource.type === 'Model' ? 'generate' : 'call';
  const found = ask(active, agent, action, resource, effect);
  return {
    agent: agent.name,
    action,
    resource: resource.name,
    effect,
    verdict: found.verdict,
    conditions: allOf(found.conditions, 'cedar'),
    words: allOf(found.conditions, 'words'),
    permits: found.permits,
    forbids: found.forbids,
  };
}

function allOf(conditions: readonly Condition[], form: 'cedar' | 'words'): string[] {
  const texts = (effect: Condition['effect']): string[] => [
    ...new Set(conditions.flatMap((condition) => (condition.effect === effect ? condition[form] : []))),
  ];
  const permits = texts('permit');
  const either =
    permits.length > 1 ? [permits.map((text) => `(${text})`).join(form === 'cedar' ? ' || ' : ' or ')] : permits;
  return [...either, ...texts('forbid')];
}

/** Whether any request for it could be allowed. */
export function canEver(active: FleetPolicies, agentName: string, resource: PolicyResource): boolean {
  const agent = active.fleet.agents.get(agentName);
  const bounds = active.bounds.get(agentName);
  if (agent === undefined || bounds === undefined || !mayAct(agent) || !withinBounds(bounds, resource)) return false;
  const effect = isProtocolMethod(resource) ? undefined : effectOf(active.fleet, resource);
  return ask(active, agent, resource.type === 'Model' ? 'generate' : 'call', resource, effect).verdict !== 'no';
}

/** Every tool and model of a fleet, undeclared ones included. */
export function reachableOf(fleet: Fleet, knownTools: KnownTools): Reachable[] {
  const tools = [...fleet.toolServers.keys()].flatMap((server) =>
    [...toolNames(fleet, server, knownTools)].map((name) => tool(fleet, `${server}.${name}`)),
  );
  const models = new Set([
    ...fleet.models.keys(),
    ...[...fleet.agents.values()].flatMap((agent) => agent.models.filter((name) => !name.endsWith('*'))),
  ]);
  return [...tools, ...[...models].map(model)];
}

function askedResources(fleet: Fleet, query: WhoCanQuery, knownTools: KnownTools): Reachable[] {
  if ('effect' in query) return reachableOf(fleet, knownTools).filter(({ effect }) => effect === query.effect);
  if (fleet.models.has(query.tool) || query.tool.includes('/')) return [model(query.tool)];
  return fleet.toolServers.has(serverOf(query.tool)) ? [tool(fleet, query.tool)] : [];
}

function toolNames(fleet: Fleet, server: string, knownTools: KnownTools): Set<string> {
  const declared = fleet.toolServers.get(server);
  const names = new Set([...Object.keys(declared?.tools ?? {}), ...knownTools(fleet.workspace, server)]);
  for (const agent of fleet.agents.values()) {
    for (const pattern of agent.tools) {
      if (serverOf(pattern) === server && !pattern.endsWith('*')) names.add(pattern.slice(server.length + 1));
    }
  }
  // An MCP server may offer more than anybody wrote down.
  return declared !== undefined && hasOnlyDeclaredTools(declared) ? names : names.add(ANY_OTHER);
}

function tool(fleet: Fleet, name: string): Reachable {
  const resource = { type: 'Tool', name, server: serverOf(name) } as const;
  return { resource, effect: effectOf(fleet, resource) };
}

function model(name: string): Reachable {
  return { resource: { type: 'Model', name }, effect: 'read' };
}

function effectOf(fleet: Fleet, resource: PolicyResource): Effect {
  if (resource.type !== 'Tool') return 'read';
  const tools = fleet.toolServers.get(resource.server)?.tools ?? {};
  const name = resource.name.slice(resource.server.length + 1);
  return (Object.hasOwn(tools, name) ? tools[name]?.effect : undefined) ?? UNDECLARED;
}

/** `server.resources/read` and the like: the front knows what an undeclared one does, so its effect stays open here. */
function isProtocolMethod(resource: PolicyResource): boolean {
  return resource.type === 'Tool' && resource.name.includes('/');
}

function ask(
  active: FleetPolicies,
  agent: Agent,
  action: 'call' | 'generate',
  resource: PolicyResource,
  effect: Effect | undefined,
): Prospect {
  const parent = resource.type === 'Tool' ? { parent: { type: 'Reeve::ToolServer', id: resource.server } } : {};
  const known: Known = {
    principal: { type: 'Reeve::Agent', id: agent.name },
    action: { type: 'Reeve::Action', id: action },
    resource: { type: `Reeve::${resource.type}`, id: resource.name, ...parent },
    context: { ...(effect && { effect }), autonomy: agent.autonomy },
  };
  return prospect(active.evaluator.candidates({ agent: agent.name, action, resource }), known);
}
