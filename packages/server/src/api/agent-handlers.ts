import type { ApiRoutes } from '@reeve/contracts';
import type { ShadowAgents } from '../access/index.ts';
import { type Trifecta, trifectaOf } from '../flows/index.ts';
import type { ApiHandlers } from '../http/index.ts';
import { must, ReeveError } from '../lib/index.ts';
import { type AgentRecord, agentRecord, type Fleet, type FleetService, type Stops } from '../registry/index.ts';
import { fleetOf } from './fleet-of.ts';
import { iso, isReviewOverdue } from './time.ts';

type AgentRoutes = Pick<ApiRoutes, Extract<keyof ApiRoutes, `agents.${string}` | `shadows.${string}`>>;

export interface AgentParts {
  readonly fleets: FleetService;
  readonly stops: Stops;
  readonly shadows: ShadowAgents;
  /** Tools that a server was seen to offer. */
  readonly seenTools: (workspace: string, server: string) => Iterable<string>;
  readonly now: () => number;
}

export function agentHandlers(parts: AgentParts): ApiHandlers<AgentRoutes> {
  const { fleets, shadows } = parts;
  return {
    'agents.list': async ({ query }) => listAgents(parts, query),
    'agents.get': async ({ params, query }) => {
      const fleet = fleetOf(fleets, query.workspace);
      const record = agentRecord(fleet, params.agent);
      if (record === undefined)
        throw new ReeveError(
          'not_found',
          `there is no agent ${JSON.stringify(params.agent)} in workspace ${query.workspace}`,
        );
      return agentView(parts, fleet, record);
    },
    'shadows.list': async () => ({ items: (await shadows.list()).map(shadowView), next: null }),
  };
}

interface AgentQuery {
  readonly workspace: string;
  readonly cursor?: string | undefined;
  readonly limit: number;
  readonly owner?: string | undefined;
  readonly state?: string | undefined;
  readonly risk?: string | undefined;
  readonly search?: string | undefined;
}

function listAgents(parts: AgentParts, query: AgentQuery) {
  const fleet = fleetOf(parts.fleets, query.workspace);
  const items = [];
  for (const agent of fleet.agents.values()) {
    if (items.length > query.limit) break;
    if (query.cursor !== undefined && agent.name <= query.cursor) continue;
    if (query.owner !== undefined && agent.owner !== query.owner) continue;
    if (query.state !== undefined && agent.state !== query.state) continue;
    if (query.risk !== undefined && agent.risk !== query.risk) continue;
    if (
      query.search !== undefined &&
      !`${agent.name} ${agent.purpose}`.toLowerCase().includes(query.search.toLowerCase())
    )
      continue;
    items.push(agentView(parts, fleet, must(agentRecord(fleet, agent.name), 'a record for every agent')));
  }
  const more = items.length > query.limit;
  if (more) items.length = query.limit;
  return { items, next: more ? (items.at(-1)?.name ?? null) : null };
}

function agentView({ fleets, stops, seenTools, now }: AgentParts, fleet: Fleet, record: AgentRecord) {
  const { workspace } = fleet;
  const stopped = stops
    .list(workspace)
    .some(({ target }) => target.kind === 'all' || (target.kind === 'agent' && target.name === record.name));
  const { name, owner, sponsor, purpose, trigger, framework, vendor, version, risk, autonomy, state, reviewedAt } =
    record;
  return {
    id: fleets.agentId(workspace, name) ?? '',
    name,
    owner,
    sponsor,
    purpose,
    trigger,
    framework,
    vendor,
    version,
    risk,
    autonomy,
    state,
    stopped,
    reviewedAt,
    tools: [...record.tools],
    models: [...record.models],
    data: [...record.data],
    credentials: [...record.credentials],
    rollback: record.rollback?.procedure ?? null,
    reviewOverdue: isReviewOverdue(reviewedAt, record.reviewEvery, now()),
    trifecta: trifectaView(
      trifectaOf(fleet, must(fleet.agents.get(name), 'its agent'), (server) => seenTools(workspace, server)),
    ),
  };
}

function trifectaView({ privateData, untrustedContent, externalCommunication, complete }: Trifecta) {
  return {
    privateData: [...privateData],
    untrustedContent: [...untrustedContent],
    externalCommunication: [...externalCommunication],
    complete,
  };
}

function shadowView(shadow: Awaited<ReturnType<ShadowAgents['list']>>[number]) {
  const { fingerprint, reason, calls, path, userAgent, remoteAddress } = shadow;
  return {
    fingerprint,
    reason,
    count: calls,
    path,
    userAgent,
    remoteAddress,
    firstSeen: iso(shadow.firstSeenAtMs),
    lastSeen: iso(shadow.lastSeenAtMs),
  };
}
