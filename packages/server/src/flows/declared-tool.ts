import type { ToolDeclaration } from '@reeve/contracts';
import type { Fleet } from '../registry/index.ts';

export interface DeclaredTool {
  readonly declaration: ToolDeclaration | undefined;
  readonly trust: 'trusted' | 'untrusted';
}

/** What a fleet says of `server.tool`; undefined where it has no such server. */
export function declaredTool(fleet: Fleet | undefined, name: string): DeclaredTool | undefined {
  const dot = name.indexOf('.');
  const server = fleet?.toolServers.get(name.slice(0, dot));
  if (server === undefined) return undefined;
  const tool = name.slice(dot + 1);
  const declaration = Object.hasOwn(server.tools, tool) ? server.tools[tool] : undefined;
  return { declaration, trust: server.trust };
}

/** Of a declared tool's own trust or, where it has none, its server's. */
export function isTrusted(tool: DeclaredTool): boolean {
  return (tool.declaration?.trust ?? tool.trust) === 'trusted';
}
