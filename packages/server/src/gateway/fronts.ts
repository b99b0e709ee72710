import type { ToolServer } from '@reeve/contracts';
import type { FastifyInstance } from 'fastify';
import type { CredentialService, Secrets, ShadowAgents } from '../access/index.ts';
import type { Ledger } from '../audit/index.ts';
import type { OutboundClient } from '../lib/index.ts';
import type { PolicyEngine } from '../policies/index.ts';
import type { FleetPart, FleetService, Stops } from '../registry/index.ts';
import type { AskModel } from '../risk/index.ts';
import type { Storage } from '../storage/index.ts';
import type { Events } from '../telemetry/index.ts';
import { LocalTools } from './advised/index.ts';
import { callerOf } from './callers.ts';
import { actionRoutes, HttpTools } from './http-tools/index.ts';
import { createAskModel, llmRoutes, ModelRouter, ToolNames } from './llm/index.ts';
import { type HeldTasks, McpPlane, mcpRoutes, type ToolPinEvent, type ToolReviews } from './mcp/index.ts';
import { type ApiTools, ArgumentChecker, argumentFault } from './tools/index.ts';
import type { WaitingPipeline } from './waiting-pipeline.ts';

export interface FrontsParts {
  readonly storage: Storage;
  readonly outbound: OutboundClient;
  readonly secrets: Secrets;
  readonly policies: PolicyEngine;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly events: Events;
  /** What child processes of tool servers inherit. */
  readonly childEnvironment: Readonly<Record<string, string>>;
}

export interface FrontsRuntime {
  readonly pipeline: WaitingPipeline;
  readonly credentials: CredentialService;
  readonly shadows: ShadowAgents;
  readonly fleets: FleetService;
  readonly stops: Stops;
  readonly hosts: readonly string[];
  readonly tasks: HeldTasks;
  /** What became of an action of this agent. */
  readonly actionState: (workspace: string, agent: string, action: string) => Promise<unknown>;
}

/** All wires that agents speak, behind one value: what they compile of a fleet, and their routes. */
export class Fronts implements AsyncDisposable {
  readonly fleetParts: readonly FleetPart[];
  readonly toolReviews: ToolReviews;
  readonly #router: ModelRouter;
  readonly #mcp: McpPlane;
  readonly #checker = new ArgumentChecker();
  readonly #parts: FrontsParts;

  constructor(parts: FrontsParts) {
    const { secrets, policies, outbound, storage, ledger, events, childEnvironment } = parts;
    this.#parts = parts;
    const secretValue = (workspace: string, name: string) => secrets.value(workspace, name);
    const mayListTool = (workspace: string, agent: string, tool: string) =>
      policies.mayListTool(workspace, agent, tool);
    const boundsInclude = (workspace: string, agent: string, tool: string) =>
      policies.boundsInclude(workspace, agent, tool);
    this.#router = new ModelRouter();
    const checker = this.#checker;
    const httpTools = new HttpTools({ outbound, secretValue, boundsInclude, checker });
    const localTools = new LocalTools({ boundsInclude, checker });
    this.#mcp = new McpPlane({
      checker,
      apiTools: declaredTools(httpTools, localTools),
      storage,
      outbound,
      secretValue,
      mayListTool,
      boundsInclude,
      childEnvironment,
      recorder: { record: async (event) => void (await ledger.append([pinEntry(event)], [], 'power')) },
      log: (event) => events.toolServerSaid(event),
    });
    this.fleetParts = [this.#router, httpTools, localTools, this.#mcp.fleetPart];
    this.toolReviews = this.#mcp.reviews;
  }

  mount(app: FastifyInstance, runtime: FrontsRuntime): void {
    const { pipeline } = runtime;
    const { outbound, secrets, policies } = this.#parts;
    const now = Date.now;
    // Who waits for people would keep the server from closing.
    app.addHook('preClose', async () => pipeline.stop());
    const secretValue = (workspace: string, name: string) => secrets.value(workspace, name);
    const ask = (presented: Parameters<typeof callerOf>[1]) => callerOf(runtime, presented);
    const toolNames = new ToolNames({
      boundsInclude: (workspace, agent, tool) => policies.boundsInclude(workspace, agent, tool),
      knownTools: (workspace, server) => this.#mcp.knownTools(workspace, server),
      now,
    });
    llmRoutes({
      pipeline,
      toolNames,
      router: this.#router,
      outbound,
      secretValue,
      now,
      random: Math.random,
      identify: ask,
      mayListModel: (workspace, agent, model) => policies.mayListModel(workspace, agent, model),
    })(app);
    void app.register(
      mcpRoutes({
        pipeline,
        operations: this.#mcp.operations,
        callers: { callerOf: ask },
        edge: { allowedHosts: runtime.hosts },
        now,
        tasks: runtime.tasks,
      }),
    );
    void app.register(
      actionRoutes({
        pipeline,
        tools: this.#mcp,
        callers: { callerOf: ask, identify: (presented) => runtime.credentials.identify(presented) },
        actionState: (identity, action) => runtime.actionState(identity.workspace, identity.agent, action),
      }),
    );
  }

  /** Questions of Reeve's own to models of the fleet. */
  askModel(whose: Pick<Parameters<typeof createAskModel>[0], 'fleetOf' | 'budgets'>): AskModel {
    const { outbound, secrets } = this.#parts;
    const secretValue = (workspace: string, name: string) => secrets.value(workspace, name);
    const plane = { router: this.#router, outbound, secretValue, now: Date.now, random: Math.random };
    return createAskModel({ plane, ...whose });
  }

  /** What is wrong with arguments that somebody else than the caller proposes. */
  argumentFault(call: Parameters<typeof argumentFault>[1]): Promise<string | undefined> {
    return argumentFault(this.#mcp, call);
  }

  /** Tools that an MCP server was seen to offer, without the server's name. */
  knownTools(workspace: string, server: string): Iterable<string> {
    return this.#mcp.knownTools(workspace, server);
  }

  /** Of a tool whose definition an MCP server gave and somebody approved. */
  knownSchema(workspace: string, tool: string): Readonly<Record<string, unknown>> | undefined {
    return this.#mcp.knownSchema(workspace, tool);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mcp[Symbol.asyncDispose]();
    await this.#checker[Symbol.asyncDispose]();
  }
}

/** Tools that exist by their declaration alone, by who runs them: Reeve, or the agent itself. */
function declaredTools(api: ApiTools, local: ApiTools): ApiTools {
  const toolsOf = ({ transport }: ToolServer) => ('local' in transport ? local : api);
  return {
    definitions: (server) => toolsOf(server).definitions(server),
    operation: (server, ...call) => toolsOf(server).operation(server, ...call),
  };
}

function pinEntry(event: ToolPinEvent) {
  const facts = { workspace: event.workspace, tool: `${event.server}.${event.tool}`, digest: event.definitionHash };
  if (event.type === 'tool.pinned') return { event: event.type, ...facts } as const;
  if (event.type === 'tool.approved') return { event: event.type, ...facts, by: event.by } as const;
  return { event: event.type, ...facts, pinned: event.previousHash ?? '' } as const;
}
