import type { Agent, Effect, ToolDeclaration, ToolServer } from '@reeve/contracts';
import type { Fleet } from '../registry/index.ts';

/** Tools named under each heading; more say nothing new. */
const MAX_NAMED = 20;

/** What makes an agent dangerous when it has all three: each with tools, `server.tool`, that give it. */
export interface Trifecta {
  readonly privateData: readonly string[];
  readonly untrustedContent: readonly string[];
  readonly externalCommunication: readonly string[];
  /** Whether all three meet in this agent. */
  readonly complete: boolean;
}

/** Effects by which something leaves; a write does where its tool says where to, or says nothing at all. */
const OUTWARD: ReadonlySet<Effect> = new Set(['send', 'export', 'pay', 'deploy', 'execute', 'grant']);

/**
 * By what is declared, whatever policies permit: an agent's tools are the upper bound of what it can do.
 * @param seen what a server was seen to offer beyond its declarations
 */
export function trifectaOf(
  fleet: Fleet,
  agent: Agent,
  seen: (server: string) => Iterable<string> = () => [],
): Trifecta {
  const privateData = new Set<string>();
  const untrustedContent = new Set<string>();
  const externalCommunication = new Set<string>();
  for (const { name, server, declaration } of toolsOf(fleet, agent, seen)) {
    if (declaration?.labels.some((label) => label.startsWith('private:')) === true) put(privateData, name);
    if ((declaration?.trust ?? server.trust) === 'untrusted') put(untrustedContent, name);
    if (isOutward(declaration)) put(externalCommunication, name);
  }
  return {
    privateData: [...privateData],
    untrustedContent: [...untrustedContent],
    externalCommunication: [...externalCommunication],
    complete: privateData.size > 0 && untrustedContent.size > 0 && externalCommunication.size > 0,
  };
}

interface OwnTool {
  readonly name: string;
  readonly server: ToolServer;
  readonly declaration: ToolDeclaration | undefined;
}

function* toolsOf(fleet: Fleet, agent: Agent, seen: (server: string) => Iterable<string>): Generator<OwnTool> {
  for (const server of fleet.toolServers.values()) {
    const prefix = `${server.name}.`;
    const patterns = agent.tools.filter((pattern) => mayMeet(pattern, prefix));
    if (patterns.length === 0) continue;
    const named = patterns.filter((pattern) => !pattern.endsWith('*')).map((pattern) => pattern.slice(prefix.length));
    for (const tool of new Set([...Object.keys(server.tools), ...named, ...seen(server.name)])) {
      const name = `${prefix}${tool}`;
      const declaration = Object.hasOwn(server.tools, tool) ? server.tools[tool] : undefined;
      if (patterns.some((pattern) => covers(pattern, name))) yield { name, server, declaration };
    }
  }
}

function mayMeet(pattern: string, prefix: string): boolean {
  return pattern.startsWith(prefix) || (pattern.endsWith('*') && prefix.startsWith(pattern.slice(0, -1)));
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** A tool that nobody declared counts as outward. */
function isOutward(declaration: ToolDeclaration | undefined): boolean {
  if (declaration === undefined || OUTWARD.has(declaration.effect)) return true;
  return declaration.destination !== undefined && declaration.effect !== 'delete';
}

function put(names: Set<string>, name: string): void {
  if (names.size < MAX_NAMED) names.add(name);
}
