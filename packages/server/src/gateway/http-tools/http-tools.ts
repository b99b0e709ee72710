import type { ToolServer } from '@reeve/contracts';
import type { Fleet, FleetPart, FleetProblem } from '../../registry/index.ts';
import type { Operation } from '../action.ts';
import type { ApiToolDefinition, ApiTools, ToolArguments } from '../tools/index.ts';
import { httpToolProblems, httpTools } from './http-tool.ts';
import { HttpToolOperation, type HttpToolParts } from './http-tool-operation.ts';

/** Operations of HTTP APIs as tools: judged at apply, listed and called like any other tool. */
export class HttpTools implements FleetPart, ApiTools {
  readonly #parts: HttpToolParts;

  constructor(parts: HttpToolParts) {
    this.#parts = parts;
  }

  /** Nothing is compiled ahead that is not compiled once by itself, so there is nothing to activate. */
  async prepare(fleet: Fleet): Promise<{ problems: readonly FleetProblem[]; activate: () => void }> {
    return { problems: httpToolProblems(fleet), activate: () => {} };
  }

  definitions(server: ToolServer): ReadonlyMap<string, ApiToolDefinition> {
    return httpTools(server);
  }

  operation(server: ToolServer, tool: string, args: ToolArguments): Operation | undefined {
    const found = httpTools(server).get(tool);
    return found === undefined ? undefined : new HttpToolOperation(this.#parts, found, args);
  }
}
