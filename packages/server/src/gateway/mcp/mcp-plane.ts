import { randomBytes } from 'node:crypto';
import type { OutboundClient } from '../../lib/index.ts';
import type { Storage } from '../../storage/index.ts';
import type { Operation } from '../action.ts';
import { ArgumentChecker } from './arguments/argument-checker.ts';
import { ToolCatalogue } from './catalogue/tool-catalogue.ts';
import { ToolPinStore } from './catalogue/tool-pin-store.ts';
import { type ToolPinRecorder, ToolPins, type ToolReview } from './catalogue/tool-pins.ts';
import { StateSeal } from './operation/sealed-state.ts';
import { type MayListTool, type OperationParts, ToolOperation } from './operation/tool-operation.ts';
import { UpstreamPool, type UpstreamPoolOptions } from './upstream/upstream-pool.ts';
import type { JsonObject } from './wire/json-rpc.ts';

export interface McpPlaneOptions {
  readonly storage: Storage;
  readonly outbound: OutboundClient;
  readonly recorder: ToolPinRecorder;
  readonly mayListTool: MayListTool;
  readonly boundsInclude: MayListTool;
  readonly secretValue: UpstreamPoolOptions['secretValue'];
  readonly childEnvironment: UpstreamPoolOptions['childEnvironment'];
  readonly log: UpstreamPoolOptions['log'];
  /** 32 bytes that seal what upstreams leave with clients between rounds; replicas share it. Default: random per process. */
  readonly sealKey?: Uint8Array;
  readonly now?: () => number;
}

/** Calls a tool of an MCP server from another front, through the same checks. */
export interface ToolCaller {
  operationForTool(workspace: string, serverName: string, toolName: string, args: JsonObject): Operation;
}

/** People's side of tool definitions. */
export interface ToolReviews {
  open(workspace: string): Promise<ToolReview[]>;
  review(workspace: string, server: string, tool: string): Promise<ToolReview>;
  /** @param seenHash what the reviewer read; another definition seen since is a `conflict` */
  approve(workspace: string, server: string, tool: string, by: string, seenHash?: string): Promise<void>;
}

/** Upstream connections, the tool catalogue and argument checks: what fronts build operations from. */
export class McpPlane implements AsyncDisposable, ToolCaller {
  readonly operations: OperationParts;
  readonly reviews: ToolReviews;
  readonly #pool: UpstreamPool;
  readonly #checker: ArgumentChecker;

  constructor(options: McpPlaneOptions) {
    const now = options.now ?? Date.now;
    const { outbound, secretValue, childEnvironment, log, mayListTool, boundsInclude } = options;
    this.#pool = new UpstreamPool({ outbound, secretValue, childEnvironment, log, now });
    this.#checker = new ArgumentChecker();
    const pins = new ToolPins({ store: new ToolPinStore(options.storage), recorder: options.recorder, now });
    const catalogue = new ToolCatalogue({ pool: this.#pool, pins, now, log });
    const seal = new StateSeal(options.sealKey ?? randomBytes(32), now);
    this.operations = { pool: this.#pool, catalogue, checker: this.#checker, seal, mayListTool, boundsInclude };
    this.reviews = {
      open: (workspace) => pins.open(workspace),
      review: (workspace, server, tool) => pins.review(workspace, server, tool),
      approve: async (workspace, server, tool, by, seenHash) => {
        await pins.approve(workspace, server, tool, by, seenHash);
        catalogue.forget(workspace, server);
      },
    };
  }

  operationForTool(workspace: string, serverName: string, toolName: string, args: JsonObject): Operation {
    return new ToolOperation(this.operations, {
      locate: (fleet) => {
        const server = fleet.workspace === workspace ? fleet.toolServers.get(serverName) : undefined;
        return server === undefined || 'api' in server.transport ? undefined : { server, tool: toolName };
      },
      args,
      caller: {},
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#pool[Symbol.asyncDispose](), this.#checker[Symbol.asyncDispose]()]);
  }
}
