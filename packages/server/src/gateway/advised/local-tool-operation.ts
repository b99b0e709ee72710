import type { Agent, ToolDeclaration, ToolServer } from '@reeve/contracts';
import { canonicalJson } from '@reeve/ledger';
import type { ContentEdit, ContentPart } from '../../guardrails/index.ts';
import { ReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { Execution, Operation, Target } from '../action.ts';
import {
  type ApiToolDefinition,
  type ArgumentCheck,
  CallArguments,
  type ToolArguments,
  toolTarget,
} from '../tools/index.ts';

export interface LocalParts {
  readonly checker: ArgumentCheck;
  /** Whether a tool is among those of the agent: any other tool is unknown. */
  readonly boundsInclude: (workspace: string, agent: string, tool: string) => boolean;
}

export interface LocalTool extends ApiToolDefinition {
  readonly server: ToolServer;
  readonly tool: string;
  readonly declaration: ToolDeclaration;
}

const encoder = new TextEncoder();
const USE_GUARD =
  'this tool runs inside the process of the agent itself: wrap the function with guard() of @reeve/sdk, or POST /actions with "mode": "advise"';

/** One call of a function of the agent's process. Whoever wants Reeve to execute it is told who can. */
export class LocalToolOperation implements Operation {
  readonly #parts: LocalParts;
  readonly #tool: LocalTool;
  readonly #args: CallArguments;
  readonly #isAdvised: boolean;

  constructor(parts: LocalParts, tool: LocalTool, args: ToolArguments, isAdvised = false) {
    this.#parts = parts;
    this.#tool = tool;
    this.#args = new CallArguments(args);
    this.#isAdvised = isAdvised;
  }

  advised(): Operation {
    return new LocalToolOperation(this.#parts, this.#tool, this.#args.current, true);
  }

  resolve(fleet: Fleet, agent: Agent): Target | Promise<Target> {
    const { server, tool, declaration, definition, hash } = this.#tool;
    const { boundsInclude, checker } = this.#parts;
    if (!boundsInclude(fleet.workspace, agent.name, this.#name)) throw new ReeveError('unknown_tool');
    if (!this.#isAdvised) throw new ReeveError('invalid_request', USE_GUARD);
    const judged = this.#args.judge({ checker, hash, schema: definition.inputSchema, declaration });
    const target = () => toolTarget(server, tool, this.#args, definition);
    return judged instanceof Promise ? judged.then(target) : target();
  }

  replaceArguments(args: ToolArguments): void {
    this.#args.replace(args);
  }

  check(): string | undefined {
    return this.#args.fault;
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

  execute(): Promise<Execution> {
    throw new ReeveError('invalid_request', USE_GUARD);
  }

  get #name(): string {
    return `${this.#tool.server.name}.${this.#tool.tool}`;
  }
}
