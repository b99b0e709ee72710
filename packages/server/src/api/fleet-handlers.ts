import type { ApiRoutes } from '@reeve/contracts';
import type { ShadowAgents } from '../access/index.ts';
import { catalogue } from '../guardrails/index.ts';
import type { ApiHandlers } from '../http/index.ts';
import { must, ReeveError } from '../lib/index.ts';
import type { PolicyEngine } from '../policies/index.ts';
import { type AgentRecord, agentRecord, type FleetService, type Stops } from '../registry/index.ts';
import { iso, isReviewOverdue } from './time.ts';

type FleetRoutes = Pick<
  ApiRoutes,
  Extract<
    keyof ApiRoutes,
    | `fleet.${string}`
    | `agents.${string}`
    | `shadows.${string}`
    | `whoCan.${string}`
    | `policies.${string}`
    | `guardrails.${string}`
  >
>;

export interface FleetParts {
  readonly fleets: FleetService;
  readonly stops: Stops;
  readonly shadows: ShadowAgents;
  readonly policies: PolicyEngine;
  readonly now: () => number;
}

export function fleetHandlers(parts: FleetParts): ApiHandlers<FleetRoutes> {
  const { fleets, policies, shadows } = parts;
  return {
    'fleet.plan': ({ body }) => fleets.plan(body),
    'fleet.apply': async ({ body: { expectVersion, ...source }, admin }) =>
      fleets.apply(source, admin.subject, expectVersion === undefined ? {} : { expectVersion }),
    'fleet.export': async ({ query }) => {
      const version = fleetOf(fleets, query.workspace).version;
      return { ...(await fleets.export(query.workspace)), version };
    },
    'fleet.versions': ({ query }) =>
      fleets.versions(query.workspace, {
        limit: query.limit,
        ...(query.cursor === undefined ? {} : { before: query.cursor }),
      }),
    'fleet.rollback': async ({ query, body, admin }) => {
      const { version } = await fleets.rollback(query.workspace, body.version, admin.subject);
      return { version };
    },
    'agents.list': async ({ query }) => listAgents(parts, query),
    'agents.get': async ({ params, query }) => {
      const record = agentRecord(fleetOf(fleets, query.workspace), params.agent);
      if (record === undefined)
        throw new ReeveError(
          'not_found',
          `there is no agent ${JSON.stringify(params.agent)} in workspace ${query.workspace}`,
        );
      return agentView(parts, query.workspace, record);
    },
    'shadows.list': async () => ({ items: (await shadows.list()).map(shadowView), next: null }),
    'whoCan.query': async ({ query: { workspace, effect, tool } }) => {
      fleetOf(fleets, workspace);
      if ((effect === undefined) === (tool === undefined))
        throw new ReeveError('invalid_request', 'ask for exactly one of effect and tool');
      const rows = policies.whoCan(workspace, effect === undefined ? { tool: tool ?? '' } : { effect });
      return {
        items: rows.map(({ words, action: _action, ...row }) => ({
          ...row,
          conditions: [...row.conditions],
          words: [...words],
          permits: [...row.permits],
          forbids: [...row.forbids],
        })),
        next: null,
      };
    },
    'policies.list': async ({ query }) => ({
      items: policies.list(query.workspace).map((policy) => ({ ...policy })),
      next: null,
    }),
    'guardrails.list': async () => ({
      items: catalogue().map(({ name, description, places, redacts }) => ({
        check: name,
        summary: description,
        on: [...places],
        redacts,
      })),
      next: null,
    }),
  };
}

export function fleetOf(fleets: FleetService, workspace: string) {
  const fleet = fleets.current(workspace);
  if (fleet === undefined)
    throw new ReeveError(
      'not_found',
      `no fleet is in force in workspace ${JSON.stringify(workspace)}; apply one with: reeve apply DIR`,
    );
  return fleet;
}

const LARGEST_FLEET = 1_000_000;

interface AgentQuery {
  readonly workspace: string;
  readonly cursor?: string | undefined;
  readonly limit: number;
  readonly owner?: string | undefined;
  readonly state?: string | undefined;
  readonly risk?: string | undefined;
  readonly search?: string | undefined;
}

function listAgents(parts: FleetParts, query: AgentQuery) {
  const fleet = fleetOf(parts.fleets, query.workspace);
  const items = [];
  for (const agent of fleet.agents.values()) {
    if (items.length > Math.min(query.limit, LARGEST_FLEET)) break;
    if (query.cursor !== undefined && agent.name <= query.cursor) continue;
    if (query.owner !== undefined && agent.owner !== query.owner) continue;
    if (query.state !== undefined && agent.state !== query.state) continue;
    if (query.risk !== undefined && agent.risk !== query.risk) continue;
    if (
      query.search !== undefined &&
      !`${agent.name} ${agent.purpose}`.toLowerCase().includes(query.search.toLowerCase())
    )
      continue;
    items.push(agentView(parts, query.workspace, must(agentRecord(fleet, agent.name), 'a record for every agent')));
  }
  const more = items.length > query.limit;
  if (more) items.length = query.limit;
  return { items, next: more ? (items.at(-1)?.name ?? null) : null };
}

function agentView({ fleets, stops, now }: FleetParts, workspace: string, record: AgentRecord) {
  const stopped = stops
    .list(workspace)
    .some(({ target }) => target.kind === 'all' || (target.kind === 'agent' && target.name === record.name));
  const {
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
    reviewedAt,
    reviewEvery,
  } = record;
  return {
    id: fleets.agentId(workspace, name) ?? '',
    ...{
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
    },
    tools: [...record.tools],
    models: [...record.models],
    data: [...record.data],
    credentials: [...record.credentials],
    rollback: record.rollback?.procedure ?? null,
    reviewOverdue: isReviewOverdue(reviewedAt, reviewEvery, now()),
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
