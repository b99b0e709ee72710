import { type Agent, usdToNano } from '@reeve/contracts';
import type { ContentEdit, ContentPart } from '../../../guardrails/index.ts';
import { must, ReeveError, toReeveError } from '../../../lib/index.ts';
import type { Fleet } from '../../../registry/index.ts';
import type { DecidedAction, Execution, ExecutionPermit, Operation, Target } from '../../action.ts';
import { CallArguments, declarationOf, sideEffectId, timeoutOf, toolTarget } from '../../tools/index.ts';
import type { CatalogueTool } from '../catalogue/tool-catalogue.ts';
import { canonicalJson } from '../wire/canonical-json.ts';
import { type JsonObject, RpcError } from '../wire/json-rpc.ts';
import type { CallerExchange } from './exchange.ts';
import { errorReply, resultReply, withoutReservedMeta } from './mcp-reply.ts';
import type { LocatedTool, OperationParts } from './operation-parts.ts';
import { paramHeaders } from './param-headers.ts';
import { resultValue } from './result-value.ts';
import { exchangeWithUpstream } from './upstream-exchange.ts';

const encoder = new TextEncoder();

/** One `tools/call` of an MCP server on its way through the pipeline. */
export class ToolOperation implements Operation {
  readonly #parts: OperationParts;
  readonly #located: LocatedTool;
  readonly #caller: CallerExchange;
  readonly #args: CallArguments;
  /** What a person answered to the server's questions in an earlier round. */
  readonly #answers: CallArguments;
  /** What of the caller's trace goes along: free text too. */
  readonly #trace: CallArguments;
  #known: CatalogueTool | undefined;
  /** Why the call cannot be made although there is such a tool, told once the record knows which tool it is about. */
  #obstacle: ReeveError | undefined;

  constructor(parts: OperationParts, request: { located: LocatedTool; args: JsonObject; caller: CallerExchange }) {
    this.#parts = parts;
    this.#located = request.located;
    this.#args = new CallArguments(request.args);
    this.#answers = new CallArguments(request.caller.inputResponses ?? {}, 'inputResponses');
    this.#trace = new CallArguments(request.caller.trace ?? {}, '_meta');
    this.#caller = request.caller;
  }

  resolve(fleet: Fleet, agent: Agent): Target | Promise<Target> {
    const { server, tool } = this.#located;
    if (!this.#parts.boundsInclude(fleet.workspace, agent.name, `${server.name}.${tool}`))
      throw new ReeveError('unknown_tool');
    const tools = this.#parts.catalogue.tools(fleet.workspace, server);
    if (!(tools instanceof Promise)) return this.#resolveKnown(tools.get(tool));
    return tools.then(
      (known) => this.#resolveKnown(known.get(tool)),
      (thrown) => this.#obstructed(toReeveError(thrown)),
    );
  }

  #resolveKnown(known: CatalogueTool | undefined): Target | Promise<Target> {
    if (known === undefined) throw new ReeveError('unknown_tool');
    if (known.state !== 'approved') return this.#obstructed(new ReeveError('definition_changed', REVIEW[known.state]));
    this.#known = known;
    const { server, tool } = this.#located;
    const judged = this.#args.judge({
      checker: this.#parts.checker,
      hash: known.hash,
      schema: known.definition.inputSchema,
      declaration: declarationOf(server, tool),
    });
    const { definition } = known;
    if (judged instanceof Promise) return judged.then(() => toolTarget(server, tool, this.#args, definition));
    return toolTarget(server, tool, this.#args, definition);
  }

  replaceArguments(args: JsonObject): void {
    this.#args.replace(args);
  }

  #obstructed(obstacle: ReeveError): Target {
    this.#obstacle = obstacle;
    return toolTarget(this.#located.server, this.#located.tool, this.#args);
  }

  check(): string | undefined {
    if (this.#obstacle !== undefined) throw this.#obstacle;
    return this.#args.fault;
  }

  parts(): readonly ContentPart[] {
    return [...this.#args.parts(), ...this.#answers.parts(), ...this.#trace.parts()];
  }

  rewrite(edits: readonly ContentEdit[]): void | Promise<void> {
    void this.#answers.rewrite(edits);
    void this.#trace.rewrite(edits);
    return this.#args.rewrite(edits);
  }

  payload(): Uint8Array {
    const { inputResponses } = this.#caller;
    return encodedCall({ ...this.#call(), ...(inputResponses && { inputResponses: this.#answers.current }) });
  }

  /** The call without the answers: the same in every round. */
  #call(): JsonObject {
    const { server, tool } = this.#located;
    return { method: 'tools/call', server: server.name, tool, arguments: this.#args.current };
  }

  #answered(): CallerExchange {
    if (this.#caller.inputResponses === undefined) return this.#caller;
    return { ...this.#caller, inputResponses: this.#answers.current };
  }

  async execute(action: DecidedAction, permit: ExecutionPermit): Promise<Execution> {
    const { server, tool } = this.#located;
    const known = must(this.#known, 'a known tool');
    const { workspace } = action.fleet;
    const declaration = declarationOf(server, tool);
    const args = this.#args.current;
    try {
      const upstream = await this.#parts.pool.acquire(workspace, server);
      const result = await exchangeWithUpstream({
        upstream,
        server: server.name,
        call: {
          method: 'tools/call',
          params: callParams(tool, args, this.#trace.current),
          signal: action.signal,
          timeoutMs: timeoutOf(declaration),
          paramHeaders: paramHeaders(known.definition.inputSchema, args),
        },
        caller: this.#answered(),
        seal: this.#parts.seal,
        binding: {
          workspace,
          agent: action.agent.name,
          target: action.target.name,
          payload: encodedCall(this.#call()),
        },
        relayText: !permit.inspectOutput,
      });
      return resultReply(withoutReservedMeta(result), {
        servedBy: server.name,
        costNanoUsd: usdToNano(declaration?.costUsd ?? 0),
        sideEffect: result.isError === true ? undefined : sideEffectId(declaration, args, resultValue(result)),
      });
    } catch (thrown) {
      if (thrown instanceof RpcError) return errorReply(thrown, server.name);
      throw thrown;
    }
  }
}

function encodedCall(call: JsonObject): Uint8Array {
  return encoder.encode(canonicalJson(call));
}

const REVIEW = {
  waiting: 'A person must review this tool before its first use: `reeve tools review`.',
  drifted: 'The tool changed since it was approved. A person must review it: `reeve tools review`.',
} as const;

function callParams(name: string, args: JsonObject, trace: JsonObject): JsonObject {
  const hasTrace = Object.keys(trace).length > 0;
  return { name, arguments: args, ...(hasTrace ? { _meta: trace } : {}) };
}
