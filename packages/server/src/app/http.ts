import type { FastifyInstance } from 'fastify';
import { apiHandlers, stateOfAction } from '../api/index.ts';
import type { Approvals } from '../approvals/index.ts';
import { readLedgerFile } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import type { FlowTracker } from '../flows/index.ts';
import type { CompletedAction } from '../gateway/action.ts';
import { ERROR_SHAPES } from '../gateway/error-shapes.ts';
import { HeldTasks } from '../gateway/mcp/index.ts';
import type { Pipeline } from '../gateway/pipeline-port.ts';
import { WaitingPipeline } from '../gateway/waiting-pipeline.ts';
import { createHttpServer } from '../http/index.ts';
import { fleetJsonSchemas } from '../registry/index.ts';
import { bindRoutes } from '../routes.ts';
import type { Events } from '../telemetry/index.ts';
import type { Callers } from './callers.ts';
import type { Channels } from './channels.ts';
import type { Features } from './features.ts';
import type { Keepers } from './keepers.ts';

interface Surroundings {
  readonly config: Config;
  readonly events: Events;
  readonly version: string;
  readonly startedAtMs: number;
  readonly now: () => number;
}

interface HttpPipeline {
  readonly pipeline: Pipeline;
  readonly desk: Approvals;
  readonly channels: Channels;
  readonly approvalUrl: (approval: string) => string;
  readonly flows: FlowTracker;
}

/** The ways in: the HTTP server with every route bound to its handler. */
export function buildHttp(
  { pipeline, desk, channels, approvalUrl, flows }: HttpPipeline,
  { keepers, features, callers }: { keepers: Keepers; features: Features; callers: Callers },
  { config, events, version, startedAtMs, now }: Surroundings,
): FastifyInstance {
  const { fronts, fleets, stops } = features;
  const { ledger, traces } = keepers;
  const hosts = hostsOf(config);
  const { maxBodyBytes, maxConnections, headersTimeout, requestTimeout, stallTimeout } = config;
  const timeouts = { headersTimeoutMs: headersTimeout, requestTimeoutMs: requestTimeout, stallTimeoutMs: stallTimeout };
  const limits = { maxBodyBytes, maxConnections, ...timeouts };
  const http = createHttpServer({ ...limits, hosts: new Set(hosts), errorShapes: ERROR_SHAPES }, events);
  const problems = () => notReady(keepers, features);
  const seenTools = (workspace: string, server: string) => fronts.knownTools(workspace, server);
  const own = { toolReviews: fronts.toolReviews, seenTools, flows, events, problems, version, startedAtMs, now };
  const holdMs = (held: CompletedAction) => holdOf(desk, held);
  const waiting = new WaitingPipeline({ pipeline, desk, approvalUrl, holdMs });
  const onFault = (message: string, error: unknown) => events.fault(message, error);
  const tasks = new HeldTasks({ ...keepers, desk, pipeline: waiting, now, onFault });
  bindRoutes(http, {
    fronts,
    runtime: {
      pipeline: waiting,
      ...callers,
      fleets,
      stops,
      hosts,
      tasks,
      actionState: (...of) => stateOfAction(traces, ...of),
    },
    admins: callers.admins,
    people: features.people,
    channels,
    handlers: apiHandlers({ ...keepers, ...features, ...callers, ...own }),
    open: {
      version,
      problems,
      metrics: () => events.metrics(),
      ledgerFile: (path) => readLedgerFile(ledger.directory, path),
      schemas: fleetJsonSchemas(),
    },
  });
  return http;
}

/** What keeps every call from being decided or recorded. */
function notReady({ storage }: Keepers, { fleets }: Features): readonly string[] {
  const hasFleet = fleets.workspaces().some((workspace) => fleets.current(workspace) !== undefined);
  return [
    ...(storage.problem === undefined ? [] : [storage.problem]),
    ...(hasFleet ? [] : ['no fleet is in force: reeve apply DIR']),
  ];
}

/** How long operators let such a call be kept open. */
function holdOf(desk: Approvals, { action }: CompletedAction): number {
  if (!('target' in action)) return 0;
  const { fleet, agent, target } = action;
  return desk.holdMs(fleet.workspace, agent.name, target.name, target.effect);
}

/** Names that this server answers to. */
function hostsOf(config: Config): readonly string[] {
  const own = config.publicUrl === '' ? [] : [new URL(config.publicUrl).hostname];
  return ['127.0.0.1', 'localhost', '[::1]', config.host.toLowerCase(), ...own, ...config.allowedHosts];
}
