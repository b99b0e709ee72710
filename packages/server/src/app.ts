import type { FastifyInstance } from 'fastify';
import { baseUrl } from './app/base-url.ts';
import { openCallers } from './app/callers.ts';
import { openChannels } from './app/channels.ts';
import { buildFeatures, type Features } from './app/features.ts';
import { buildHttp } from './app/http.ts';
import { type Keepers, openKeepers } from './app/keepers.ts';
import type { Config } from './config/index.ts';
import { declaredTool, Flows } from './flows/index.ts';
import { Idempotency } from './gateway/idempotency/index.ts';
import { createPipeline } from './gateway/pipeline.ts';
import { recoverActions } from './gateway/recover-actions.ts';
import { ReeveError } from './lib/index.ts';
import type { FleetService } from './registry/index.ts';
import { Events, type Logger } from './telemetry/index.ts';

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

/** Builds every part once, in order. What is built later is disposed first. */
export async function createApp(options: AppOptions): Promise<App> {
  const building = new AsyncDisposableStack();
  try {
    return await build(building, options);
  } catch (error) {
    await building.disposeAsync();
    throw error;
  }
}

async function build(building: AsyncDisposableStack, { config, environment, log, version }: AppOptions): Promise<App> {
  const now = Date.now;
  const startedAtMs = now();
  const events = new Events(log);

  const keepers = await openKeepers(building, config, events);
  const features = buildFeatures(building, keepers, { config, environment, events });
  const callers = await openCallers(building, keepers, features, events);
  await recover(keepers, features, events, startedAtMs);

  const idempotency = building.use(new Idempotency(keepers.storage));
  const flows = new Flows({ toolOf: ({ workspace }, name) => declaredTool(features.fleets.current(workspace), name) });
  const should = { flows };
  const pipeline = createPipeline({ ...keepers, ...features, ...callers, ...should, idempotency, now }, events);
  const approvalUrl = (approval: string): string => `${baseUrl(config, http.server)}/approvals/${approval}`;
  const channels = openChannels(building, { keepers, features, callers }, { events, approvalUrl, now });
  const http: FastifyInstance = buildHttp(
    { pipeline, desk: features.approvals, channels, approvalUrl, flows: should.flows },
    { keepers, features, callers },
    { config, events, version, startedAtMs, now },
  );
  http.addHook('onListen', async () => channels.runner.run());
  building.defer(() => drain(http, features.stops, config.drainTimeout));

  return { http, fleets: features.fleets, events, [Symbol.asyncDispose]: () => building.disposeAsync() };
}

/** Settles what the past left behind, before anything new is decided. */
async function recover(keepers: Keepers, features: Features, events: Events, startedAtMs: number): Promise<void> {
  await features.budgets.recover();
  events.recovered({ actions: await recoverActions(keepers.records, keepers.ledger, startedAtMs) });
  await features.stops.load();
  await features.people.load();
  await features.approvals.load();
  for (const failed of await features.fleets.load()) events.fleetNotLoaded(failed);
}

const CUT_OFF_AFTER_MS = 2_000;

/** Takes nothing new, lets what is open end by itself for a while, then ends it with a reason and its record, then cuts. */
async function drain(http: FastifyInstance, stops: Features['stops'], timeoutMs: number): Promise<void> {
  const end = () =>
    stops.endAll(new ReeveError('overloaded', 'the server is shutting down; call again', { retryAfterSeconds: 1 }));
  const ending = setTimeout(end, timeoutMs);
  const cutting = setTimeout(() => http.server.closeAllConnections(), timeoutMs + CUT_OFF_AFTER_MS);
  try {
    await http.close();
  } finally {
    clearTimeout(ending);
    clearTimeout(cutting);
  }
}
