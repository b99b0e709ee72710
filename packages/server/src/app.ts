import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { AdminTokens, CredentialService, Secrets, ShadowAgents } from './access/index.ts';
import { apiHandlers, stateOfAction } from './api/index.ts';
import { Ledger, LedgerReader, openPayloadCipher, PayloadStore, readLedgerFile } from './audit/index.ts';
import { Budgets, CallLimits } from './budgets/index.ts';
import type { Config } from './config/index.ts';
import { MemoryCoordination } from './coordination/index.ts';
import { noFlows } from './flows/index.ts';
import { ERROR_SHAPES } from './gateway/error-shapes.ts';
import { Fronts } from './gateway/fronts.ts';
import { Idempotency } from './gateway/idempotency/index.ts';
import { createPipeline } from './gateway/pipeline.ts';
import { recoverActions } from './gateway/recover-actions.ts';
import { Guardrails } from './guardrails/index.ts';
import { createHttpServer } from './http/index.ts';
import { createOutboundClient } from './lib/index.ts';
import { PolicyEngine } from './policies/index.ts';
import { FleetService, fleetJsonSchemas, Stops } from './registry/index.ts';
import { noRisk } from './risk/index.ts';
import { bindRoutes } from './routes.ts';
import { openSqlite } from './storage/index.ts';
import { Events, type Logger } from './telemetry/index.ts';
import { ActionRecords, Runs, Traces } from './traces/index.ts';

export interface AppOptions {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly version: string;
}

export interface App extends AsyncDisposable {
  readonly http: FastifyInstance;
  readonly fleets: FleetService;
  readonly events: Events;
}

const CHILD_VARIABLES = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'SystemRoot'];
const SWEEP_EVERY_MS = 60_000;

/** Builds every part once, in order. What is built later is disposed first. */
export async function createApp({ config, environment, log, version }: AppOptions): Promise<App> {
  await using building = new AsyncDisposableStack();
  const now = Date.now;
  const startedAtMs = now();
  const events = new Events(log);

  // What keeps, and what is kept.
  const storage = building.use(await openSqlite(config.data));
  const onFault = (message: string, error: unknown) => events.fault(message, error);
  const ledger = building.use(await Ledger.open({ storage, origin: config.ledgerOrigin, onFault }));
  const payloads = new PayloadStore({ storage, ledger, cipher: openPayloadCipher(config.data) });
  const runs = new Runs(storage);
  const traces = new Traces(storage);
  const records = new ActionRecords(storage, randomUUID());
  const sweeper = setInterval(
    () => void payloads.sweep().catch((error: unknown) => onFault('payloads could not be swept', error)),
    SWEEP_EVERY_MS,
  );
  building.defer(() => clearInterval(sweeper));

  // Features that compile their share of a fleet, and the fleet itself.
  const outbound = building.use(createOutboundClient());
  const secrets = building.use(
    new Secrets({ environment, directory: config.data, warn: (event) => events.secretMissing(event) }),
  );
  // What servers were seen to offer is known to the fronts, which are built later.
  const policies = new PolicyEngine({ knownTools: (workspace, server) => fronts.knownTools(workspace, server) });
  const guardrails = new Guardrails();
  const budgets = building.use(new Budgets({ storage }));
  budgets.onCapReached((event) => events.capReached(event));
  const limits = new CallLimits({
    coordination: new MemoryCoordination(),
    countCalls: (workspace, run) => traces.countCalls(workspace, run),
  });
  const stops = new Stops({ storage, ledger });
  const childEnvironment = Object.fromEntries(
    CHILD_VARIABLES.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
  const fronts = building.use(new Fronts({ storage, outbound, secrets, policies, ledger, events, childEnvironment }));
  const fleetParts = [secrets, policies, guardrails, budgets, stops.fleetPart, ...fronts.fleetParts];
  const whoCanDiff: PolicyEngine['diffWhoCan'] = (before, after) => policies.diffWhoCan(before, after);
  const fleets = new FleetService({ storage, ledger, parts: fleetParts, whoCanDiff });

  // Who may speak.
  const agentExists = (workspace: string, agent: string) => fleets.current(workspace)?.agents.has(agent) === true;
  const credentials = building.use(await CredentialService.open({ storage, log: ledger, agentExists }));
  credentials.onRevoked(({ workspace, id }) => stops.endCredential(workspace, id));
  const shadows = building.use(
    await ShadowAgents.open({ storage, log: ledger, onFirstSeen: (shadow) => events.shadowSeen(shadow) }),
  );
  const admins = await AdminTokens.open(storage);

  // What the past left behind, before anything new is decided.
  await budgets.recover();
  events.recovered({ actions: await recoverActions(records, ledger, startedAtMs) });
  await stops.load();
  for (const failed of await fleets.load()) events.fleetNotLoaded(failed);

  // The one path, and the ways to it.
  const idempotency = building.use(new Idempotency(storage));
  const asked = {
    credentials,
    shadows,
    fleets,
    stops,
    runs,
    limits,
    budgets,
    guardrails,
    policies,
    risk: noRisk,
    flows: noFlows,
  };
  const pipeline = createPipeline({ ...asked, ledger, payloads, records, idempotency, now }, events);
  const hosts = hostsOf(config);
  const http = createHttpServer(
    {
      maxBodyBytes: config.maxBodyBytes,
      maxConnections: config.maxConnections,
      headersTimeoutMs: config.headersTimeout,
      requestTimeoutMs: config.requestTimeout,
      stallTimeoutMs: config.stallTimeout,
      hosts: new Set(hosts),
      errorShapes: ERROR_SHAPES,
    },
    events,
  );
  const problems = () => (fleets.workspaces().length === 0 ? ['no fleet is in force: reeve apply DIR'] : []);
  const ledgerReader = new LedgerReader(storage, ledger.directory);
  bindRoutes(http, {
    fronts,
    runtime: {
      pipeline,
      credentials,
      shadows,
      fleets,
      stops,
      hosts,
      actionState: (...of) => stateOfAction(traces, ...of),
    },
    admins,
    handlers: apiHandlers({
      fleets,
      stops,
      shadows,
      policies,
      credentials,
      traces,
      payloads,
      budgets,
      ledger,
      ledgerReader,
      toolReviews: fronts.toolReviews,
      problems,
      version,
      startedAtMs,
      now,
    }),
    open: {
      version,
      problems,
      metrics: () => events.metrics(),
      ledgerFile: (path) => readLedgerFile(ledger.directory, path),
      schemas: fleetJsonSchemas(),
    },
  });
  building.defer(() => http.close());
  const built = building.move();
  return { http, fleets, events, [Symbol.asyncDispose]: () => built.disposeAsync() };
}

/** Names that this server answers to. */
function hostsOf(config: Config): readonly string[] {
  const own = config.publicUrl === '' ? [] : [new URL(config.publicUrl).hostname];
  return ['127.0.0.1', 'localhost', '[::1]', config.host.toLowerCase(), ...own, ...config.allowedHosts];
}
