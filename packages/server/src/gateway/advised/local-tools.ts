import { hash as sha256 } from 'node:crypto';
import type { ToolDeclaration, ToolServer } from '@reeve/contracts';
import { canonicalJson } from '@reeve/ledger';
import type { Fleet, FleetPart, FleetProblem } from '../../registry/index.ts';
import type { Operation } from '../action.ts';
import type { ApiToolDefinition, ApiTools, ToolArguments } from '../tools/index.ts';
import { type LocalParts, type LocalTool, LocalToolOperation } from './local-tool-operation.ts';

/** Objects of a fleet are immutable and shared by its versions, so each server is compiled once. */
const compiled = new WeakMap<ToolServer, ReadonlyMap<string, LocalTool>>();

/** Functions inside the agent's own process as tools: judged at apply and decided like any other, run by whoever asked. */
export class LocalTools implements FleetPart, ApiTools {
  readonly #parts: LocalParts;

  constructor(parts: LocalParts) {
    this.#parts = parts;
  }

  async prepare(fleet: Fleet): Promise<{ problems: readonly FleetProblem[]; activate: () => void }> {
    return { problems: localProblems(fleet), activate: () => {} };
  }

  definitions(server: ToolServer): ReadonlyMap<string, ApiToolDefinition> {
    return toolsOf(server);
  }

  operation(server: ToolServer, tool: string, args: ToolArguments): Operation | undefined {
    const found = toolsOf(server).get(tool);
    return found === undefined ? undefined : new LocalToolOperation(this.#parts, found, args);
  }
}

function toolsOf(server: ToolServer): ReadonlyMap<string, LocalTool> {
  let tools = compiled.get(server);
  if (tools === undefined) {
    const entries = Object.entries(server.tools);
    tools = new Map(entries.map(([tool, declaration]) => [tool, localTool(server, tool, declaration)]));
    compiled.set(server, tools);
  }
  return tools;
}

function localTool(server: ToolServer, tool: string, declaration: ToolDeclaration): LocalTool {
  const { description, inputSchema } = declaration;
  const definition = {
    name: tool,
    ...(description === undefined ? {} : { description }),
    inputSchema: { type: 'object', ...inputSchema },
  };
  const hash = `sha256:${sha256('sha256', canonicalJson(definition.inputSchema))}`;
  return { server, tool, declaration, definition, hash, state: 'approved' };
}

function localProblems(fleet: Fleet): FleetProblem[] {
  const problems: FleetProblem[] = [];
  for (const server of fleet.toolServers.values()) {
    if (!('local' in server.transport)) continue;
    const object = { kind: 'ToolServer', name: server.name } as const;
    if (server.credential !== undefined) {
      const message = 'a local server has no credential: its tools run inside the process of the agent';
      problems.push({ object, path: ['credential'], message });
    }
    for (const [name, { request }] of Object.entries(server.tools)) {
      if (request === undefined) continue;
      const message = 'a local tool makes no request of Reeve: it runs inside the process of the agent';
      problems.push({ object, path: ['tools', name, 'request'], message });
    }
  }
  return problems;
}
