import { type ApiRoutes, type CredentialId, durationMs, isId, type StopTargetView } from '@reeve/contracts';
import type { CredentialService } from '../access/index.ts';
import type { ApiHandlers } from '../http/index.ts';
import { ReeveError } from '../lib/index.ts';
import { type Stops, targetWords } from '../registry/index.ts';
import type { Events } from '../telemetry/index.ts';
import type { Traces } from '../traces/index.ts';
import { runIdOf } from './run-id-of.ts';
import { iso, isoOrNull } from './time.ts';

type AccessRoutes = Pick<ApiRoutes, Extract<keyof ApiRoutes, `keys.${string}` | `stops.${string}`>>;

export interface AccessParts {
  readonly credentials: CredentialService;
  readonly stops: Stops;
  readonly traces: Pick<Traces, 'findRun'>;
  readonly events: Pick<Events, 'stopOrdered'>;
  readonly now: () => number;
}

export function accessHandlers(parts: AccessParts): ApiHandlers<AccessRoutes> {
  const { credentials, stops, now } = parts;
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
    'stops.order': ({ query, body, admin }) => orderStop(parts, query.workspace, body, admin.subject),
    'stops.lift': async ({ query, body, admin }) => {
      const target = await stopTarget(parts, query.workspace, body.target);
      return stopView(await stops.lift(query.workspace, target, admin.subject));
    },
  };
}

async function orderStop(
  parts: AccessParts,
  workspace: string,
  { target: named, reason }: { readonly target: StopTargetView; readonly reason: string },
  by: string,
) {
  const target = await stopTarget(parts, workspace, named);
  const { stop, abortedInFlight, elapsedMs, durable } = await parts.stops.order(workspace, target, by, reason);
  parts.events.stopOrdered({ workspace, target: targetWords(target), by, abortedInFlight, elapsedMs });
  return { ...stopView(stop), abortedInFlight, elapsedMs, durable };
}

function keyId(text: string): CredentialId {
  if (!isId('credential', text))
    throw new ReeveError(
      'invalid_request',
      `${JSON.stringify(text)} is not the id of a key; ids start with key_ and \`reeve keys list\` shows them`,
    );
  return text;
}

async function stopTarget(
  { traces }: Pick<AccessParts, 'traces'>,
  workspace: string,
  target: StopTargetView,
): Promise<StopTargetView> {
  if (target.kind === 'credential') return { kind: target.kind, id: keyId(target.id) };
  if (target.kind !== 'run') return target;
  return { kind: target.kind, id: await runIdOf(traces, workspace, target.id) };
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
