import { type Agent, usdToNano } from '@reeve/contracts';
import { canonicalJson } from '@reeve/ledger';
import type { ContentEdit, ContentPart } from '../../guardrails/index.ts';
import { type OutboundClient, ReeveError, readBody } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { DecidedAction, Execution, Operation, Target } from '../action.ts';
import {
  type ArgumentCheck,
  CallArguments,
  sideEffectId,
  type ToolArguments,
  timeoutOf,
  toolTarget,
} from '../tools/index.ts';
import { answerFault, apiReply, apiResult } from './api-reply.ts';
import { isAllowedDestination } from './destination.ts';
import type { HttpTool } from './http-tool.ts';
import { buildRequest } from './request-template.ts';

export interface HttpToolParts {
  readonly outbound: Pick<OutboundClient, 'send'>;
  /** The value of a Secret; throws where there is none. */
  readonly secretValue: (workspace: string, name: string) => string;
  readonly checker: ArgumentCheck;
  /** Whether a tool is among those of the agent: a call of it is answered by policy, any other tool is unknown. */
  readonly boundsInclude: (workspace: string, agent: string, tool: string) => boolean;
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const IDLE_TIMEOUT_MS = 30_000;
const encoder = new TextEncoder();

/** One call of an operation of an HTTP API: Reeve makes the request and holds the credential, the agent sees neither. */
export class HttpToolOperation implements Operation {
  readonly #parts: HttpToolParts;
  readonly #tool: HttpTool;
  readonly #args: CallArguments;

  constructor(parts: HttpToolParts, tool: HttpTool, args: ToolArguments) {
    this.#parts = parts;
    this.#tool = tool;
    this.#args = new CallArguments(args);
  }

  resolve(fleet: Fleet, agent: Agent): Target | Promise<Target> {
    const { server, tool, declaration, definition, hash } = this.#tool;
    if (!this.#parts.boundsInclude(fleet.workspace, agent.name, this.#name)) throw new ReeveError('unknown_tool');
    const { checker } = this.#parts;
    const judged = this.#args.judge({ checker, hash, schema: definition.inputSchema, declaration });
    return judged instanceof Promise
      ? judged.then(() => toolTarget(server, tool, this.#args, definition))
      : toolTarget(server, tool, this.#args, definition);
  }

  replaceArguments(args: ToolArguments): void {
    this.#args.replace(args);
  }

  check(): string | undefined {
    if (this.#args.fault !== undefined) return this.#args.fault;
    try {
      this.#request();
      return undefined;
    } catch (error) {
      if (error instanceof ReeveError && error.code === 'invalid_arguments') return error.message;
      throw error;
    }
  }

  parts(): readonly ContentPart[] {
    return this.#args.parts();
  }

  rewrite(edits: readonly ContentEdit[]): void | Promise<void> {
    return this.#args.rewrite(edits);
  }

  payload(): Uint8Array {
    return encoder.encode(canonicalJson({ tool: this.#name, args: this.#args.current }));
  }

  async execute(action: DecidedAction): Promise<Execution> {
    const { server, declaration } = this.#tool;
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
      sideEffect: upstreamError === undefined ? sideEffectId(declaration, this.#args.current, result) : undefined,
      upstreamError,
    });
  }

  get #name(): string {
    return `${this.#tool.server.name}.${this.#tool.tool}`;
  }

  /** Built anew each time: guardrails may have rewritten the arguments since. */
  #request() {
    const { api, request, server } = this.#tool;
    const built = buildRequest(api, request, this.#args.current);
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
