import { People, Secrets } from '../access/index.ts';
import { ApprovalChannels, Approvals } from '../approvals/index.ts';
import { Budgets, CallLimits } from '../budgets/index.ts';
import type { Config } from '../config/index.ts';
import { MemoryCoordination } from '../coordination/index.ts';
import { Backtests } from '../gateway/backtest/index.ts';
import { Fronts } from '../gateway/fronts.ts';
import { Guardrails } from '../guardrails/index.ts';
import { createOutboundClient } from '../lib/index.ts';
import { PolicyEngine } from '../policies/index.ts';
import { FleetService, Stops } from '../registry/index.ts';
import { RiskEngine } from '../risk/index.ts';
import type { Events } from '../telemetry/index.ts';
import { ActionHistory } from '../traces/index.ts';
import type { Keepers } from './keepers.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a tool server's process inherits of our environment; a secret reaches it only by its declared credential. */
const CHILD_VARIABLES = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'SystemRoot'];

/** Features that compile their share of a fleet, and the fleet itself. */
export function buildFeatures(
  building: AsyncDisposableStack,
  keepers: Keepers,
  { config, environment, events }: { config: Config; environment: Environment; events: Events },
) {
  const { storage, ledger, payloads, traces } = keepers;
  const outbound = building.use(createOutboundClient());
  const warn: ConstructorParameters<typeof Secrets>[0]['warn'] = (event) => events.secretMissing(event);
  const secrets = building.use(new Secrets({ environment, directory: config.data, warn }));
  // What servers were seen to offer is known to the fronts, which are built later.
  const policies = new PolicyEngine({ knownTools: (workspace, server) => fronts.knownTools(workspace, server) });
  const guardrails = new Guardrails();
  const budgets = building.use(new Budgets({ storage }));
  budgets.onCapReached((event) => events.capReached(event));
  const coordination = new MemoryCoordination();
  const limits = new CallLimits({ coordination, countCalls: (workspace, run) => traces.countCalls(workspace, run) });
  const stops = new Stops({ storage, ledger });
  const people = new People({ storage, log: ledger });
  const channels = new ApprovalChannels(storage);
  const approvals = building.use(
    new Approvals({
      ...{ storage, ledger, payloads, people, meter: events, outbox: channels },
      checkArguments: async ({ workspace, agent: name, target: tool }, args) => {
        const fleet = fleets.current(workspace);
        const agent = fleet?.agents.get(name);
        return fleet && agent && fronts.argumentFault({ fleet, agent, tool, args });
      },
      onFault: (message, error) => events.fault(message, error),
    }),
  );
  events.countPending(() => approvals.pending());
  const risk = building.use(
    new RiskEngine({
      storage,
      history: (workspace, agent, atMost) => traces.agentHistory(workspace, agent, atMost),
      knownSchema: (workspace, tool) => fronts.knownSchema(workspace, tool),
      ask: (question) => fronts.askModel({ fleetOf: (workspace) => fleets.current(workspace), budgets })(question),
      onAlert: (alert) => events.riskAlert(alert),
      onOpinion: (opinion) => events.opinionGiven(opinion),
      onFault: (message, error) => events.fault(message, error),
    }),
  );
  const childEnvironment = only(environment, CHILD_VARIABLES);
  const fronts: Fronts = building.use(
    new Fronts({ storage, outbound, secrets, policies, ledger, events, childEnvironment }),
  );
  const parts = [
    secrets,
    policies,
    guardrails,
    budgets,
    stops.fleetPart,
    risk,
    approvals,
    channels,
    ...fronts.fleetParts,
  ];
  const whoCanDiff: PolicyEngine['diffWhoCan'] = (before, after) => policies.diffWhoCan(before, after);
  const fleets: FleetService = new FleetService({ storage, ledger, parts, whoCanDiff });
  const history = new ActionHistory(storage);
  const inForce = (workspace: string) => fleets.export(workspace);
  const waits: Approvals['waits'] = (workspace, sinceMs, limit) => approvals.waits(workspace, sinceMs, limit);
  const backtests = building.use(new Backtests({ history, payloads, inForce, waits }));
  return {
    policies,
    guardrails,
    budgets,
    limits,
    stops,
    risk,
    people,
    approvals,
    channels,
    secrets,
    outbound,
    fronts,
    fleets,
    backtests,
  };
}

export type Features = ReturnType<typeof buildFeatures>;

function only(environment: Environment, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}
