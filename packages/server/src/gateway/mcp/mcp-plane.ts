import { randomBytes } from 'node:crypto';
import type { OutboundClient } from '../../lib/index.ts';
import type { Fleet, FleetPart } from '../../registry/index.ts';
import type { Storage } from '../../storage/index.ts';
import type { Operation } from '../action.ts';
import type { ApiTools, ArgumentCheck, ToolArguments, ToolFinder } from '../tools/index.ts';
import { FleetChanges } from './catalogue/fleet-changes.ts';
import { ToolCatalogue } from './catalogue/tool-catalogue.ts';
import { ToolPinStore } from './catalogue/tool-pin-store.ts';
import { type ToolPinRecorder, ToolPins } from './catalogue/tool-pins.ts';
import type { ToolReview } from './catalogue/tool-review.ts';
import { locateDotted } from './front/aggregate-names.ts';
import { callLocated } from './operation/call-tool.ts';
import type { LocatedTool, MayListTool, OperationParts } from './operation/operation-parts.ts';
import { StateSeal } from './operation/sealed-state.ts';
import { UpstreamPool, type UpstreamPoolOptions } from './upstream/upstream-pool.ts';

export interface McpPlaneOptions {
  readonly storage: Storage;
  readonly outbound: OutboundClient;
  readonly checker: ArgumentCheck;
  readonly apiTools: ApiTools;
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

/** People's side of tool definitions. */
export interface ToolReviews {
  open(workspace: string): Promise<ToolReview[]>;
  review(workspace: string, server: string, tool: string): Promise<ToolReview>;
  /** @param seenHash what the reviewer read; another definition seen since is a `conflict` */
  approve(workspace: string, server: string, tool: string, by: string, seenHash?: string): Promise<void>;
}

/** Upstream connections and the tool catalogue: what fronts build operations from. */
export class McpPlane implements AsyncDisposable, ToolFinder {
  readonly operations: OperationParts;
  readonly fleetPart: FleetPart;
  readonly reviews: ToolReviews;
  readonly #pool: UpstreamPool;
  readonly #pins: ToolPins;

  constructor(options: McpPlaneOptions) {
    const now = options.now ?? Date.now;
    const { outbound, secretValue, childEnvironment, log, mayListTool, boundsInclude, checker, apiTools } = options;
    this.#pool = new UpstreamPool({ outbound, secretValue, childEnvironment, log, now });
    const pins = new ToolPins({ store: new ToolPinStore(options.storage), recorder: options.recorder, now });
    const catalogue = new ToolCatalogue({ pool: this.#pool, pins, apiTools, now, log });
    const fleetChanges = new FleetChanges();
    const seal = new StateSeal(options.sealKey ?? randomBytes(32), now);
    const pool = this.#pool;
    this.#pins = pins;
    this.operations = { pool, catalogue, fleetChanges, apiTools, checker, seal, mayListTool, boundsInclude };
    this.fleetPart = {
      prepare: async (fleet) => {
        await pins.load(fleet.workspace);
        return { problems: [], activate: () => fleetChanges.applied(fleet) };
      },
    };
    this.reviews = reviewsOf(pins, catalogue);
  }

  /** Tools that a server was seen to offer, declared or not. */
  knownTools(workspace: string, server: string): Iterable<string> {
    return this.#pins.seenNames(workspace, server);
  }

  /** Arguments of a tool, where its server's list was read and the definition is approved. */
  knownSchema(workspace: string, name: string): Readonly<Record<string, unknown>> | undefined {
    const dot = name.indexOf('.');
    const tool = this.operations.catalogue.remembered(workspace, name.slice(0, dot), name.slice(dot + 1));
    return tool?.state === 'approved' ? tool.definition.inputSchema : undefined;
  }

  find(fleet: Fleet, name: string, args: ToolArguments): Operation | undefined | Promise<Operation | undefined> {
    const call = (located: LocatedTool | undefined) => located && callLocated(this.operations, located, args, {});
    const located = locateDotted(this.operations.catalogue, fleet, name);
    return located instanceof Promise ? located.then(call) : call(located);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }
}

function reviewsOf(pins: ToolPins, catalogue: ToolCatalogue): ToolReviews {
  return {
    open: (workspace) => pins.open(workspace),
    review: (workspace, server, tool) => pins.review(workspace, server, tool),
    approve: async (workspace, server, tool, by, seenHash) => {
      await pins.approve(workspace, server, tool, by, seenHash);
      catalogue.forget(workspace, server);
    },
  };
}
