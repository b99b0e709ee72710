import { type ApiRoutes, type CredentialId, durationMs, isId, type StopTargetView } from '@reeve/contracts';
import type { CredentialService } from '../access/index.ts';
import type { ApiHandlers } from '../http/index.ts';
import { ReeveError } from '../lib/index.ts';
import type { FleetService, Stops } from '../registry/index.ts';
import type { Traces } from '../traces/index.ts';
import { fleetOf } from './fleet-handlers.ts';
import { iso, isoOrNull } from './time.ts';

type AccessRoutes = Pick<ApiRoutes, Extract<keyof ApiRoutes, `keys.${string}` | `stops.${string}` | `tools.${string}`>>;

/** Definitions of tools that wait for a person; the MCP front keeps them. */
export interface ToolReviews {
  open(workspace: string): Promise<readonly ToolReviewRow[]>;
  approve(workspace: string, server: string, tool: string, by: string, seenHash: string): Promise<void>;
}

interface ToolReviewRow {
  readonly server: string;
  readonly tool: string;
  readonly state: string;
  readonly approvedHash: string | undefined;
  readonly seenHash: string;
  readonly seenAtMs: number;
  readonly changes: readonly unknown[];
  readonly hidden: readonly string[];
}

export interface AccessParts {
  readonly credentials: CredentialService;
  readonly fleets: FleetService;
  readonly stops: Stops;
  readonly toolReviews: ToolReviews;
  readonly traces: Pick<Traces, 'findRun'>;
  readonly now: () => number;
}

export function accessHandlers(parts: AccessParts): ApiHandlers<AccessRoutes> {
  const { credentials, stops, toolReviews, fleets, now } = parts;
  return {
    'keys.list': async ({ query }) => {
      const { items, next } = await credentials.list(query.workspace, {
        limit: query.limit,
        ...(query.agent === undefined ? {} : { agent: query.agent }),
        ...(query.cursor === undefined ? {} : { after: query.cursor }),
      });
      return { items: items.map(keyView), next };
    },
    'keys.create': async ({ query, body, admin }) => {
      const issued = await credentials.create({
        workspace: query.workspace,
        agent: body.agent,
        by: admin.subject,
        ...(body.note === undefined ? {} : { note: body.note }),
        ...(body.expiresIn === undefined ? {} : { lifetimeMs: durationMs(body.expiresIn) }),
      });
      return { id: issued.id, key: issued.key, agent: body.agent, expiresAt: iso(issued.expiresAtMs) };
    },
    'keys.rotate': async ({ query, params, body, admin }) => {
      const id = keyId(params.key);
      const overlap = body.overlap === undefined ? {} : { overlapMs: durationMs(body.overlap) };
      const issued = await credentials.rotate({ workspace: query.workspace, id, by: admin.subject, ...overlap });
      const { agent } = await credentials.get(query.workspace, issued.id);
      return { id: issued.id, key: issued.key, agent, expiresAt: iso(issued.expiresAtMs) };
    },
    'keys.revoke': async ({ query, params, admin }) => {
      const id = keyId(params.key);
      // Counted here; what begins until the revocation is in force is ended by it, uncounted.
      const abortedInFlight = stops.endCredential(query.workspace, id);
      await credentials.revoke({ workspace: query.workspace, id, by: admin.subject });
      return { id, revokedAt: iso(now()), abortedInFlight };
    },
    'stops.list': async ({ query }) => ({ items: stops.list(query.workspace).map(stopView), next: null }),
    'stops.order': async ({ query, body, admin }) => {
      const { stop, abortedInFlight, elapsedMs, durable } = await stops.order(
        query.workspace,
        await stopTarget(parts, query.workspace, body.target),
        admin.subject,
        body.reason,
      );
      return { ...stopView(stop), abortedInFlight, elapsedMs, durable };
    },
    'stops.lift': async ({ query, body, admin }) => {
      const target = await stopTarget(parts, query.workspace, body.target);
      return stopView(await stops.lift(query.workspace, target, admin.subject));
    },
    'tools.list': async ({ query }) => ({ items: listTools(parts, query), next: null }),
    'tools.review': async ({ query }) => ({
      items: (await toolReviews.open(query.workspace)).map(reviewView),
      next: null,
    }),
    'tools.approve': async ({ query, body, admin }) => {
      const dot = body.tool.indexOf('.');
      if (dot <= 0) throw new ReeveError('invalid_request', 'name the tool as server.tool');
      fleetOf(fleets, query.workspace);
      await toolReviews.approve(
        query.workspace,
        body.tool.slice(0, dot),
        body.tool.slice(dot + 1),
        admin.subject,
        body.seenHash,
      );
      return { name: body.tool, approvedHash: body.seenHash };
    },
  };
}

function keyId(text: string): CredentialId {
  if (!isId('credential', text))
    throw new ReeveError(
      'invalid_request',
      `${JSON.stringify(text)} is not the id of a key; ids start with key_ and \`reeve keys list\` shows them`,
    );
  return text;
}

/** People name a run; stops hold ids. An id is not looked up, so that a stop takes effect though the database does not answer. */
async function stopTarget(
  { traces }: Pick<AccessParts, 'traces'>,
  workspace: string,
  target: StopTargetView,
): Promise<StopTargetView> {
  if (target.kind === 'credential') return { kind: target.kind, id: keyId(target.id) };
  if (target.kind !== 'run' || isId('run', target.id)) return target;
  const run = await traces.findRun(workspace, target.id);
  if (run === undefined)
    throw new ReeveError('not_found', `there is no run ${JSON.stringify(target.id)} in workspace ${workspace}`);
  return { kind: target.kind, id: run.id };
}

function keyView(key: Awaited<ReturnType<CredentialService['get']>>) {
  return {
    id: key.id,
    agent: key.agent,
    note: key.note === '' ? null : key.note,
    createdAt: iso(key.createdAtMs),
    expiresAt: iso(key.expiresAtMs),
    revokedAt: isoOrNull(key.revokedAtMs),
    lastUsedAt: isoOrNull(key.lastUsedAtMs),
    flags: [...key.flags],
  };
}

function stopView(stop: ReturnType<Stops['list']>[number]) {
  return { id: stop.id, target: stop.target, reason: stop.reason, by: stop.orderedBy, at: iso(stop.orderedAtMs) };
}

function reviewView(row: ToolReviewRow) {
  const { state, approvedHash = null, seenHash, seenAtMs, changes, hidden } = row;
  return {
    name: `${row.server}.${row.tool}`,
    state,
    approvedHash,
    seenHash,
    seenAt: iso(seenAtMs),
    changes: [...changes],
    hidden: [...hidden],
  };
}

interface ToolQuery {
  readonly workspace: string;
  readonly server?: string | undefined;
  readonly effect?: string | undefined;
}

function listTools({ fleets }: AccessParts, query: ToolQuery) {
  const items = [];
  for (const server of fleetOf(fleets, query.workspace).toolServers.values()) {
    if (query.server !== undefined && server.name !== query.server) continue;
    for (const [tool, declared] of Object.entries(server.tools)) {
      if (query.effect !== undefined && declared.effect !== query.effect) continue;
      const { reversible } = declared;
      items.push({
        name: `${server.name}.${tool}`,
        server: server.name,
        effect: declared.effect,
        reversible:
          reversible === undefined || reversible === 'irreversible'
            ? 'irreversible'
            : `by ${reversible.by}${reversible.within === undefined ? '' : ` within ${reversible.within}`}`,
        trust: declared.trust ?? server.trust,
        costUsd: declared.costUsd ?? null,
      });
    }
  }
  return items;
}
