import { type Agent, usdToNano } from '@reeve/contracts';
import { canonicalJson } from '@reeve/ledger';
import type { ContentEdit, ContentPart } from '../../guardrails/index.ts';
import { must, type OutboundClient, ReeveError, readBody } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { DecidedAction, Execution, Operation, Target, ToolTargetRef } from '../action.ts';
import { declaredValues, sideEffectId } from '../mcp/operation/declared-values.ts';
import { editMap, textParts, withEdits } from '../mcp/operation/text-parts.ts';
import { timeoutOf, toolTarget } from '../mcp/operation/tool-operation.ts';
import { answerFault, apiReply, apiResult } from './api-reply.ts';
import { isAllowedDestination } from './destination.ts';
import { findHttpTool, type HttpTool } from './http-tool.ts';
import { buildRequest, type ToolArguments } from './request-template.ts';

type Fault = string | undefined;

export interface HttpToolParts {
  readonly outbound: Pick<OutboundClient, 'send'>;
  /** The value of a Secret; throws where there is none. */
  readonly secretValue: (workspace: string, name: string) => string;
  readonly checker: { check(hash: string, schema: object, args: ToolArguments): Fault | Promise<Fault> };
  /** Whether an agent may know of a tool, `server.tool`. */
  readonly mayListTool: (workspace: string, agent: string, tool: string) => boolean;
  /** Whether a tool is among those of the agent: a call of it is answered by policy, any other tool is unknown. */
  readonly boundsInclude: (workspace: string, agent: string, tool: string) => boolean;
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const IDLE_TIMEOUT_MS = 30_000;
const encoder = new TextEncoder();

/** One call of an operation of an HTTP API: Reeve makes the request and holds the credential, the agent sees neither. */
export class HttpToolOperation implements Operation {
  readonly #parts: HttpToolParts;
  readonly #name: string;
  #args: ToolArguments;
  #tool: HttpTool | undefined;
  #fault: Fault;

  constructor(parts: HttpToolParts, name: string, args: ToolArguments) {
    this.#parts = parts;
    this.#name = name;
    this.#args = args;
  }

  resolve(fleet: Fleet, agent: Agent): Target | Promise<Target> {
    const tool = findHttpTool(fleet, this.#name);
    if (tool === undefined || !this.#parts.boundsInclude(fleet.workspace, agent.name, this.#name)) {
      throw new ReeveError('unknown_tool');
    }
    this.#tool = tool;
    const fault = this.#parts.checker.check(tool.schemaHash, tool.inputSchema, this.#args);
    return fault instanceof Promise ? fault.then((late) => this.#target(tool, late)) : this.#target(tool, fault);
  }

  check(): string | undefined {
    if (this.#fault !== undefined) return this.#fault;
    try {
      this.#request();
      return undefined;
    } catch (error) {
      if (error instanceof ReeveError && error.code === 'invalid_arguments') return error.message;
      throw error;
    }
  }

  parts(): readonly ContentPart[] {
    return textParts(this.#args, 'args', 'arguments');
  }

  rewrite(edits: readonly ContentEdit[]): void {
    this.#args = withEdits(this.#args, 'args', editMap(edits)) as ToolArguments;
  }

  payload(): Uint8Array {
    return encoder.encode(canonicalJson({ tool: this.#name, args: this.#args }));
  }

  async execute(action: DecidedAction): Promise<Execution> {
    const { server, declaration } = must(this.#tool, 'a resolved tool');
    const { method, url, headers, body } = this.#request();
    const secret =
      server.credential === undefined ? undefined : this.#parts.secretValue(action.fleet.workspace, server.credential);
    const response = await this.#parts.outbound.send({
      url,
      method,
      headers: { ...headers, 'user-agent': 'reeve', ...credentialHeader(server, secret) },
      ...(body === undefined ? {} : { body }),
      address: server.privateNetwork ? 'operator' : 'caller',
      signal: action.signal,
      headTimeoutMs: timeoutOf(declaration),
      idleTimeoutMs: Math.min(IDLE_TIMEOUT_MS, timeoutOf(declaration)),
    });
    const bytes = withoutSecret(await readBody(response, MAX_ANSWER_BYTES), secret);
    const contentType = String(response.headers['content-type'] ?? '');
    const result = apiResult({ status: response.status, contentType, bytes });
    const upstreamError = answerFault(response.status);
    return apiReply(result, {
      servedBy: server.name,
      costNanoUsd: upstreamError === undefined ? usdToNano(declaration.costUsd ?? 0) : 0,
      sideEffect:
        upstreamError === undefined ? sideEffectId(declaration, this.#args, { structuredContent: result }) : undefined,
      upstreamError,
    });
  }

  #target(tool: HttpTool, fault: Fault): ToolTargetRef {
    this.#fault = fault;
    const current = () => this.#args;
    return {
      ...toolTarget(tool.server, tool.tool, tool.declaration, this.#args),
      // What does not fit the schema is refused at the next stage; its values mean nothing.
      ...(fault === undefined ? declaredValues(tool.declaration, this.#args) : {}),
      // Policies judge what will be sent: a guardrail may rewrite the arguments before they look.
      get args() {
        return current();
      },
    };
  }

  /** Built anew each time: guardrails may have rewritten the arguments since. */
  #request() {
    const { api, request, server } = must(this.#tool, 'a resolved tool');
    const built = buildRequest(api, request, this.#args);
    if (!isAllowedDestination(built.url, api, server.destinations)) {
      throw new ReeveError('destination_denied', `${built.url.host} is not among the destinations of ${server.name}`);
    }
    return built;
  }
}

function credentialHeader(server: HttpTool['server'], secret: string | undefined): Record<string, string> {
  if (secret === undefined) return {};
  const { credentialAs } = server;
  if (typeof credentialAs === 'object' && 'header' in credentialAs) return { [credentialAs.header]: secret };
  return { authorization: `Bearer ${secret}` };
}

const MIN_SECRET_LENGTH = 8;

/** An API that echoes our request must not tell the agent our credential. */
function withoutSecret(bytes: Buffer, secret: string | undefined): Buffer {
  if (secret === undefined || secret.length < MIN_SECRET_LENGTH || !bytes.includes(secret)) return bytes;
  return Buffer.from(
    bytes.toString('latin1').replaceAll(Buffer.from(secret).toString('latin1'), '[credential]'),
    'latin1',
  );
}
