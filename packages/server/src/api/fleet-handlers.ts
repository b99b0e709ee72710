import type { ApiRoutes, FleetApplied } from '@reeve/contracts';
import { catalogue } from '../guardrails/index.ts';
import type { ApiHandlers } from '../http/index.ts';
import { ReeveError } from '../lib/index.ts';
import type { PolicyEngine } from '../policies/index.ts';
import type { FleetService } from '../registry/index.ts';
import type { Events } from '../telemetry/index.ts';
import { fleetOf } from './fleet-of.ts';

type FleetRoutes = Pick<
  ApiRoutes,
  Extract<keyof ApiRoutes, `fleet.${string}` | `whoCan.${string}` | `policies.${string}` | `guardrails.${string}`>
>;

export interface FleetParts {
  readonly fleets: FleetService;
  readonly policies: PolicyEngine;
  readonly events: Pick<Events, 'fleetApplied'>;
}

export function fleetHandlers(parts: FleetParts): ApiHandlers<FleetRoutes> {
  const { fleets, policies, events } = parts;
  return {
    'fleet.plan': ({ body }) => fleets.plan(body),
    'fleet.apply': async ({ body: { expectVersion, ...source }, admin }) => {
      const options = expectVersion === undefined ? {} : { expectVersion };
      const applied = await fleets.apply(source, admin.subject, options);
      if (applied.changed) events.fleetApplied({ ...inForce(applied), by: admin.subject });
      return applied;
    },
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
      const applied = await fleets.rollback(query.workspace, body.version, admin.subject);
      if (applied.changed) events.fleetApplied({ ...inForce(applied), by: admin.subject });
      return { version: applied.version };
    },
    'whoCan.query': async ({ query: { workspace, effect, tool } }) => {
      fleetOf(fleets, workspace);
      if ((effect === undefined) === (tool === undefined))
        throw new ReeveError('invalid_request', 'ask for exactly one of effect and tool');
      const rows = policies.whoCan(workspace, effect === undefined ? { tool: tool ?? '' } : { effect });
      return { items: rows.map(whoCanView), next: null };
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

function inForce({ workspace, version }: FleetApplied) {
  return { workspace, version };
}

function whoCanView({ action: _action, ...row }: ReturnType<PolicyEngine['whoCan']>[number]) {
  return {
    ...row,
    conditions: [...row.conditions],
    words: [...row.words],
    permits: [...row.permits],
    forbids: [...row.forbids],
  };
}
