import { type Agent, durationMs, type ToolDeclaration, type ToolServer, usdToNano } from '@reeve/contracts';
import type { ContentEdit, ContentPart } from '../../../guardrails/index.ts';
import { must, ReeveError } from '../../../lib/index.ts';
import type { Fleet } from '../../../registry/index.ts';
import type { DecidedAction, Execution, ExecutionPermit, Operation, Target, ToolTargetRef } from '../../action.ts';
import type { ArgumentChecker } from '../arguments/argument-checker.ts';
import type { CatalogueTool, ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { UpstreamPool } from '../upstream/upstream-pool.ts';
import { canonicalJson } from '../wire/canonical-json.ts';
import { type JsonObject, RpcError } from '../wire/json-rpc.ts';
import { declaredValues, sideEffectId } from './declared-values.ts';
import type { CallerExchange } from './exchange.ts';
import { errorReply, resultReply, withoutReservedMeta } from './mcp-reply.ts';
import { paramHeaders } from './param-headers.ts';
import type { StateSeal } from './sealed-state.ts';
import { editMap, textParts, withEdits } from './text-parts.ts';
import { exchangeWithUpstream } from './upstream-exchange.ts';

/** Whether an agent may know of a tool, `server.tool`. */
export type MayListTool = (workspace: string, agent: string, tool: string) => boolean;

export interface OperationParts {
  readonly pool: UpstreamPool;
  readonly catalogue: ToolCatalogue;
  readonly checker: ArgumentChecker;
  readonly seal: StateSeal;
  readonly mayListTool: MayListTool;
  /** Whether a tool is among those of the agent: a call of it is answered by policy, any other tool is unknown. */
  readonly boundsInclude: MayListTool;
}

export interface LocatedTool {
  readonly server: ToolServer;
  readonly tool: string;
}

/** Finds the tool that a request names under a fleet; undefined where there is none. */
export type LocateTool = (fleet: Fleet) => LocatedTool | undefined | Promise<LocatedTool | undefined>;

const DEFAULT_TIMEOUT_MS = 60_000;
const encoder = new TextEncoder();

/** One `tools/call` on its way through the pipeline. */
export class ToolOperation implements Operation {
  readonly #parts: OperationParts;
  readonly #locate: LocateTool;
  readonly #caller: CallerExchange;
  #args: JsonObject;
  #located: LocatedTool | undefined;
  #known: CatalogueTool | undefined;
  #fault: string | undefined;

  constructor(parts: OperationParts, request: { locate: LocateTool; args: JsonObject; caller: CallerExchange }) {
    this.#parts = parts;
    this.#locate = request.locate;
    this.#args = request.args;
    this.#caller = request.caller;
  }

  /** The definition that was called, once resolved. */
  get definition(): CatalogueTool | undefined {
    return this.#known;
  }

  resolve(fleet: Fleet, agent: Agent): Target | Promise<Target> {
    const located = this.#locate(fleet);
    if (located instanceof Promise) return located.then((found) => this.#resolveLocated(fleet, agent, found));
    return this.#resolveLocated(fleet, agent, located);
  }

  #resolveLocated(fleet: Fleet, agent: Agent, located: LocatedTool | undefined): Target | Promise<Target> {
    if (located === undefined) throw new ReeveError('unknown_tool');
    const { server, tool } = located;
    if (!this.#parts.boundsInclude(fleet.workspace, agent.name, `${server.name}.${tool}`))
      throw new ReeveError('unknown_tool');
    this.#located = located;
    const tools = this.#parts.catalogue.tools(fleet.workspace, server);
    if (tools instanceof Promise) return tools.then((known) => this.#resolveKnown(known.get(tool)));
    return this.#resolveKnown(tools.get(tool));
  }

  #resolveKnown(known: CatalogueTool | undefined): Target | Promise<Target> {
    if (known === undefined) throw new ReeveError('unknown_tool');
    if (known.state !== 'approved') throw new ReeveError('definition_changed', REVIEW[known.state]);
    this.#known = known;
    const fault = this.#parts.checker.check(known.hash, known.definition.inputSchema, this.#args);
    if (fault instanceof Promise) return fault.then((found) => this.#target(found));
    return this.#target(fault);
  }

  #target(fault: string | undefined): ToolTargetRef {
    this.#fault = fault;
    const { server, tool } = must(this.#located, 'a located tool');
    const declaration = declarationOf(server, tool);
    return {
      ...toolTarget(server, tool, declaration, this.#args),
      // What does not fit the schema is refused at the next stage; its values mean nothing.
      ...(fault === undefined ? declaredValues(declaration, this.#args) : {}),
    };
  }

  check(): string | undefined {
    return this.#fault;
  }

  parts(): readonly ContentPart[] {
    return textParts(this.#args, 'args', 'arguments');
  }

  rewrite(edits: readonly ContentEdit[]): void {
    this.#args = withEdits(this.#args, 'args', editMap(edits)) as JsonObject;
  }

  payload(): Uint8Array {
    const { server, tool } = must(this.#located, 'a located tool');
    return encoder.encode(canonicalJson({ method: 'tools/call', server: server.name, tool, arguments: this.#args }));
  }

  async execute(action: DecidedAction, permit: ExecutionPermit): Promise<Execution> {
    const { server, tool } = must(this.#located, 'a located tool');
    const known = must(this.#known, 'a known tool');
    const { workspace } = action.fleet;
    const declaration = declarationOf(server, tool);
    const args = this.#args;
    try {
      const upstream = await this.#parts.pool.acquire(workspace, server);
      const result = await exchangeWithUpstream({
        upstream,
        server: server.name,
        call: {
          method: 'tools/call',
          params: callParams(tool, args, this.#caller.trace),
          signal: action.signal,
          timeoutMs: timeoutOf(declaration),
          paramHeaders: paramHeaders(known.definition.inputSchema, args),
        },
        caller: this.#caller,
        seal: this.#parts.seal,
        binding: { workspace, agent: action.agent.name, target: action.target.name, payload: this.payload() },
        relayText: !permit.inspectOutput,
      });
      return resultReply(withoutReservedMeta(result), {
        servedBy: server.name,
        costNanoUsd: usdToNano(declaration?.costUsd ?? 0),
        sideEffect: sideEffectId(declaration, args, result),
      });
    } catch (thrown) {
      if (thrown instanceof RpcError) return errorReply(thrown, server.name);
      throw thrown;
    }
  }
}

const REVIEW = {
  waiting: 'A person must review this tool before its first use: `reeve tools review`.',
  drifted: 'The tool changed since it was approved. A person must review it: `reeve tools review`.',
} as const;

/** An undeclared tool counts as write, outward and irreversible, whatever its annotations say. */
export function toolTarget(
  server: ToolServer,
  tool: string,
  declaration: ToolDeclaration | undefined,
  args: JsonObject,
): ToolTargetRef {
  return {
    kind: 'tool',
    name: `${server.name}.${tool}`,
    server: server.name,
    tool,
    effect: declaration?.effect ?? 'write',
    grade: server.credential !== undefined || 'stdio' in server.transport ? 'executed' : 'proxied',
    reversible: reversibility(declaration),
    declaration,
    args,
    worstCase: { nanoUsd: usdToNano(declaration?.costUsd ?? 0), tokens: 0 },
  };
}

export function declarationOf(server: ToolServer, tool: string): ToolDeclaration | undefined {
  return Object.hasOwn(server.tools, tool) ? server.tools[tool] : undefined;
}

export function timeoutOf(declaration: ToolDeclaration | undefined): number {
  return declaration?.timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(declaration.timeout);
}

function reversibility(declaration: ToolDeclaration | undefined): ToolTargetRef['reversible'] {
  if (declaration?.effect === 'read') return 'compensable';
  const declared = declaration?.reversible;
  if (declared === undefined || declared === 'irreversible') return 'irreversible';
  return declared.within === undefined ? 'compensable' : { withinMs: durationMs(declared.within) };
}

function callParams(name: string, args: JsonObject, trace: JsonObject | undefined): JsonObject {
  const hasTrace = trace !== undefined && Object.keys(trace).length > 0;
  return { name, arguments: args, ...(hasTrace ? { _meta: trace } : {}) };
}
