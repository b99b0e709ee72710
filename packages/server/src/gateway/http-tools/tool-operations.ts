import type { Agent } from '@reeve/contracts';
import type { ContentEdit } from '../../guardrails/index.ts';
import { must, ReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { DecidedAction, ExecutionPermit, Operation, Target } from '../action.ts';
import type { ToolCaller } from '../mcp/index.ts';
import type { ToolArguments } from './request-template.ts';

/** Tools of one kind. Undefined where the fleet has no such tool of this kind. */
export interface ToolOperations {
  forTool(fleet: Fleet, name: string, args: ToolArguments): Operation | undefined;
}

/** Tools of MCP servers, called by their name `server.tool`. */
export function mcpToolOperations(mcp: ToolCaller): ToolOperations {
  return {
    forTool: (fleet, name, args) => {
      const found = splitName(fleet, name);
      return found === undefined ? undefined : mcp.operationForTool(fleet.workspace, found.server, found.tool, args);
    },
  };
}

/** Names of servers and of tools may both hold dots: the longest server that the fleet has counts. */
function splitName(fleet: Fleet, name: string): { server: string; tool: string } | undefined {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const server = fleet.toolServers.get(name.slice(0, dot));
    if (server !== undefined && !('api' in server.transport)) return { server: server.name, tool: name.slice(dot + 1) };
  }
  return undefined;
}

/** A call of a tool by its name alone: what kind of tool it is turns out under the caller's fleet. */
export class NamedToolOperation implements Operation {
  readonly #kinds: readonly ToolOperations[];
  readonly #name: string;
  readonly #args: ToolArguments;
  #found: Operation | undefined;

  constructor(kinds: readonly ToolOperations[], name: string, args: ToolArguments) {
    this.#kinds = kinds;
    this.#name = name;
    this.#args = args;
  }

  resolve(fleet: Fleet, agent: Agent): Target | Promise<Target> {
    for (const kind of this.#kinds) {
      this.#found ??= kind.forTool(fleet, this.#name, this.#args);
    }
    if (this.#found === undefined) throw new ReeveError('unknown_tool');
    return this.#found.resolve(fleet, agent);
  }

  check(target: Target) {
    return this.#operation().check(target);
  }

  parts() {
    return this.#operation().parts();
  }

  rewrite(edits: readonly ContentEdit[]): void {
    this.#operation().rewrite(edits);
  }

  payload(): Uint8Array {
    return this.#operation().payload();
  }

  execute(action: DecidedAction, permit: ExecutionPermit) {
    return this.#operation().execute(action, permit);
  }

  #operation(): Operation {
    return must(this.#found, 'a resolved operation');
  }
}
