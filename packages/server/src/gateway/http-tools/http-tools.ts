import type { Agent } from '@reeve/contracts';
import type { Fleet, FleetPart, FleetProblem } from '../../registry/index.ts';
import type { Operation } from '../action.ts';
import { findHttpTool, httpToolProblems, httpTools } from './http-tool.ts';
import { HttpToolOperation, type HttpToolParts } from './http-tool-operation.ts';
import type { ToolArguments } from './request-template.ts';
import type { ToolOperations } from './tool-operations.ts';

/** Operations of HTTP APIs as tools: judged at apply, called through the pipeline like any other tool. */
export class HttpTools implements FleetPart, ToolOperations {
  readonly #parts: HttpToolParts;

  constructor(parts: HttpToolParts) {
    this.#parts = parts;
  }

  /** Nothing is compiled ahead that is not compiled once by itself, so there is nothing to activate. */
  async prepare(fleet: Fleet): Promise<{ problems: readonly FleetProblem[]; activate: () => void }> {
    return { problems: httpToolProblems(fleet), activate: () => {} };
  }

  forTool(fleet: Fleet, name: string, args: ToolArguments): Operation | undefined {
    return findHttpTool(fleet, name) === undefined ? undefined : new HttpToolOperation(this.#parts, name, args);
  }

  /** What an agent may know of, as a tool list shows it. */
  list(fleet: Fleet, agent: Agent): HttpToolListing[] {
    const listings: HttpToolListing[] = [];
    for (const server of fleet.toolServers.values()) {
      for (const { tool, declaration, inputSchema } of httpTools(server).values()) {
        const name = `${server.name}.${tool}`;
        if (!this.#parts.mayListTool(fleet.workspace, agent.name, name)) continue;
        listings.push({ name, description: declaration.description, inputSchema });
      }
    }
    return listings;
  }
}

export interface HttpToolListing {
  readonly name: string;
  readonly description: string | undefined;
  readonly inputSchema: object;
}
