import type { ToolServer } from '@reeve/contracts';
import type { Fleet } from '../../registry/index.ts';
import type { Operation } from '../action.ts';

export type ToolArguments = Readonly<Record<string, unknown>>;

/** Finds what a name, `server.tool`, means under a fleet. The same for every door, so that one name is one resource. */
export interface ToolFinder {
  /** Undefined where there is no such tool, or more than one. */
  find(fleet: Fleet, name: string, args: ToolArguments): Operation | undefined | Promise<Operation | undefined>;
}

/** Tools that no MCP server offers, to be listed and called beside those that one does. */
export interface ApiTools {
  /** By their name without the server's. */
  definitions(server: ToolServer): ReadonlyMap<string, ApiToolDefinition>;
  operation(server: ToolServer, tool: string, args: ToolArguments): Operation | undefined;
}

export interface ApiToolDefinition {
  /** As an MCP tool list shows it. */
  readonly definition: ToolArguments & { readonly name: string; readonly inputSchema: ToolArguments };
  readonly hash: string;
  /** Operators wrote it themselves, so it needs no review. */
  readonly state: 'approved';
}
