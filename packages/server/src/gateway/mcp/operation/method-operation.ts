import { type Agent, hasOnlyDeclaredTools, type ToolServer } from '@reeve/contracts';
import type { ContentEdit, ContentPart } from '../../../guardrails/index.ts';
import { must, ReeveError } from '../../../lib/index.ts';
import type { Fleet } from '../../../registry/index.ts';
import type { DecidedAction, Execution, ExecutionPermit, Operation, Target } from '../../action.ts';
import { CallArguments, declarationOf, timeoutOf, toolTarget } from '../../tools/index.ts';
import { canonicalJson } from '../wire/canonical-json.ts';
import { type JsonObject, RpcError } from '../wire/json-rpc.ts';
import type { CallerExchange } from './exchange.ts';
import { errorReply, resultReply, withoutReservedMeta } from './mcp-reply.ts';
import type { OperationParts } from './operation-parts.ts';
import { exchangeWithUpstream } from './upstream-exchange.ts';

/** Methods besides `tools/call` that reach an upstream, with the capability that offers them. */
export const GOVERNED_METHODS = {
  'resources/list': 'resources',
  'resources/templates/list': 'resources',
  'resources/read': 'resources',
  'prompts/list': 'prompts',
  'prompts/get': 'prompts',
  'completion/complete': 'completions',
} as const satisfies Readonly<Record<string, string>>;

export type GovernedMethod = keyof typeof GOVERNED_METHODS;

export function isGovernedMethod(method: string): method is GovernedMethod {
  return Object.hasOwn(GOVERNED_METHODS, method);
}

const encoder = new TextEncoder();

/** Any other read of an upstream: an action on the tool `server.resources/read` and so on, governed like every tool. */
export class MethodOperation implements Operation {
  readonly #parts: OperationParts;
  readonly #server: string;
  readonly #method: GovernedMethod;
  readonly #caller: CallerExchange;
  readonly #params: CallArguments;
  /** What of the caller's trace goes along: free text too. */
  readonly #trace: CallArguments;
  #located: ToolServer | undefined;

  constructor(
    parts: OperationParts,
    request: { server: string; method: GovernedMethod; params: JsonObject; caller: CallerExchange },
  ) {
    this.#parts = parts;
    this.#server = request.server;
    this.#method = request.method;
    this.#params = new CallArguments(request.params);
    this.#trace = new CallArguments(request.caller.trace ?? {}, '_meta');
    this.#caller = request.caller;
  }

  resolve(fleet: Fleet, agent: Agent): Target {
    const server = fleet.toolServers.get(this.#server);
    const name = `${this.#server}.${this.#method}`;
    if (
      server === undefined ||
      hasOnlyDeclaredTools(server) ||
      !this.#parts.boundsInclude(fleet.workspace, agent.name, name)
    )
      throw new ReeveError('unknown_tool');
    this.#located = server;
    // The specification makes these methods reads; only a declaration says otherwise.
    return toolTarget(server, this.#method, this.#params, undefined, 'read');
  }

  check(): string | undefined {
    return undefined;
  }

  parts(): readonly ContentPart[] {
    return [...this.#params.parts(), ...this.#trace.parts()];
  }

  rewrite(edits: readonly ContentEdit[]): void | Promise<void> {
    void this.#trace.rewrite(edits);
    return this.#params.rewrite(edits);
  }

  payload(): Uint8Array {
    const call = { method: this.#method, server: this.#server, params: this.#params.current };
    return encoder.encode(canonicalJson(call));
  }

  async execute(action: DecidedAction, permit: ExecutionPermit): Promise<Execution> {
    const server = must(this.#located, 'a located server');
    const { workspace } = action.fleet;
    try {
      const upstream = await this.#parts.pool.acquire(workspace, server);
      const result = await exchangeWithUpstream({
        upstream,
        server: server.name,
        call: {
          method: this.#method,
          params: {
            ...this.#params.current,
            ...(this.#caller.trace === undefined ? {} : { _meta: this.#trace.current }),
          },
          signal: action.signal,
          timeoutMs: timeoutOf(declarationOf(server, this.#method)),
        },
        caller: this.#caller,
        seal: this.#parts.seal,
        binding: { workspace, agent: action.agent.name, target: action.target.name, payload: this.payload() },
        relayText: !permit.inspectOutput,
      });
      return resultReply(withoutReservedMeta(result), { servedBy: server.name, costNanoUsd: 0, sideEffect: undefined });
    } catch (thrown) {
      if (thrown instanceof RpcError) return errorReply(thrown, server.name);
      throw thrown;
    }
  }
}
