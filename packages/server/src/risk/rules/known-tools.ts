import { hasOnlyDeclaredTools, type ToolDeclaration, type ToolServer } from '@reeve/contracts';
import type { Fleet } from '../../registry/index.ts';

/** The schema of a tool's arguments as far as somebody knows it. */
export type KnownSchema = (workspace: string, tool: string) => Readonly<Record<string, unknown>> | undefined;

export const REVERSIBILITIES = ['reversible', 'compensable', 'irreversible'] as const;
export type Reversibility = (typeof REVERSIBILITIES)[number];

/** What can be called, as far as a fleet says. */
export interface KnownTool {
  /** `server.tool`; undefined for what a server may offer besides what is declared. */
  readonly name: string | undefined;
  readonly server: string;
  /** Undefined where nobody declared it: then also its effect is taken for the worst. */
  readonly declaration: ToolDeclaration | undefined;
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  /** Of an undeclared one: names that it does not have. */
  readonly otherThan: ReadonlySet<string>;
}

export function knownTools(fleet: Fleet, knownSchema: KnownSchema): readonly KnownTool[] {
  return [...fleet.toolServers.values()].flatMap((server) => toolsOf(fleet, server, knownSchema));
}

function toolsOf(fleet: Fleet, server: ToolServer, knownSchema: KnownSchema): KnownTool[] {
  const declared: KnownTool[] = Object.entries(server.tools).map(([tool, declaration]) => {
    const name = `${server.name}.${tool}`;
    const schema = declaration.inputSchema ?? knownSchema(fleet.workspace, name);
    return { name, server: server.name, declaration, schema, otherThan: new Set() };
  });
  // An MCP server may offer more than what is declared.
  if (hasOnlyDeclaredTools(server)) return declared;
  const names = new Set(declared.map(({ name }) => name ?? ''));
  return [
    ...declared,
    { name: undefined, server: server.name, declaration: undefined, schema: undefined, otherThan: names },
  ];
}

export function reversibilityOf(declared: ToolDeclaration['reversible']): Reversibility {
  if (declared === undefined || declared === 'irreversible') return 'irreversible';
  return declared.within === undefined ? 'compensable' : 'reversible';
}

/** `stripe.refund`, `stripe.list_*`, `stripe.*` or `*`: only a tool has a dot and a server. */
export function covers(pattern: string, tool: string): boolean {
  return pattern.endsWith('*') ? tool.startsWith(pattern.slice(0, -1)) : pattern === tool;
}

/** Whether a pattern may mean this tool; an undeclared one may have any name that is left. */
export function mayCover(pattern: string, { name, server, otherThan }: KnownTool): boolean {
  if (name !== undefined) return covers(pattern, name);
  const prefix = `${server}.`;
  if (pattern.endsWith('*')) {
    const start = pattern.slice(0, -1);
    return start.startsWith(prefix) || prefix.startsWith(start);
  }
  return pattern.startsWith(prefix) && !otherThan.has(pattern);
}

/** A Model of the fleet, or `provider/model` of a provider that it configures. */
export function isModel(fleet: Fleet, name: string): boolean {
  if (fleet.models.has(name)) return true;
  const slash = name.indexOf('/');
  return slash > 0 && !name.endsWith('*') && Object.hasOwn(fleet.settings.providers, name.slice(0, slash));
}
