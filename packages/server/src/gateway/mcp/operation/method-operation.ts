import type { Agent, ToolServer } from '@reeve/contracts';
import type { ContentEdit, ContentPart } from '../../../guardrails/index.ts';
import { must, ReeveError } from '../../../lib/index.ts';
import type { Fleet } from '../../../registry/index.ts';
import type { DecidedAction, Execution, ExecutionPermit, Operation, Target } from '../../action.ts';
import { canonicalJson } from '../wire/canonical-json.ts';
import { type JsonObject, RpcError } from '../wire/json-rpc.ts';
import type { CallerExchange } from './exchange.ts';
import { errorReply, resultReply, withoutReservedMeta } from './mcp-reply.ts';
import { editMap, textParts, withEdits } from './text-parts.ts';
import { declarationOf, type OperationParts, timeoutOf, toolTarget } from './tool-operation.ts';
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
  #params: JsonObject;
  #located: ToolServer | undefined;

  constructor(
    parts: OperationParts,
    request: { server: string; method: GovernedMethod; params: JsonObject; caller: CallerExchange },
  ) {
    this.#parts = parts;
    this.#server = request.server;
    this.#method = request.method;
    this.#params = request.params;
    this.#caller = request.caller;
  }

  resolve(fleet: Fleet, agent: Agent): Target {
    const server = fleet.toolServers.get(this.#server);
    if (
      server === undefined ||
      !this.#parts.mayListTool(fleet.workspace, agent.name, `${this.#server}.${this.#method}`)
    )
      throw new ReeveError('unknown_tool');
    this.#located = server;
    const declaration = declarationOf(server, this.#method);
    const target = toolTarget(server, this.#method, declaration, this.#params);
    // The specification makes these methods reads; only a declaration says otherwise.
    return declaration === undefined ? { ...target, effect: 'read', reversible: 'compensable' } : target;
  }

  check(): string | undefined {
    return undefined;
  }

  parts(): readonly ContentPart[] {
    return textParts(this.#params, 'args', 'arguments');
  }

  rewrite(edits: readonly ContentEdit[]): void {
    this.#params = withEdits(this.#params, 'args', editMap(edits)) as JsonObject;
  }

  payload(): Uint8Array {
    return encoder.encode(canonicalJson({ method: this.#method, server: this.#server, params: this.#params }));
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
          params: { ...this.#params, ...(this.#caller.trace === undefined ? {} : { _meta: this.#caller.trace }) },
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
