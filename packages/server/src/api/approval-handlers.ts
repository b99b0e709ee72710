import { type ApiRoutes, type ApprovalId, durationMs, type GrantId, isId } from '@reeve/contracts';
import type { Approval, Approvals, Decision, FeedEvent, Grant } from '../approvals/index.ts';
import type { ApiHandlers, StreamedEvent } from '../http/index.ts';
import { ReeveError } from '../lib/index.ts';
import type { ActionRecord, Traces } from '../traces/index.ts';
import { approvalLoad } from './approval-load.ts';
import { approvalRow, approvalView } from './approval-view.ts';
import { runIdOf } from './run-id-of.ts';
import { iso, isoOrNull } from './time.ts';

type ApprovalRoutes = Pick<ApiRoutes, Extract<keyof ApiRoutes, `approvals.${string}` | `grants.${string}`>>;

export interface ApprovalParts {
  readonly approvals: Approvals;
  readonly traces: Pick<Traces, 'findRun' | 'listActions' | 'toolCalls'>;
  readonly now: () => number;
}

const EARLIER_ACTIONS = 20;
const SIMILAR_DECISIONS = 10;
const LOAD_WINDOW_MS = 30 * 86_400_000;

export function approvalHandlers(parts: ApprovalParts): ApiHandlers<ApprovalRoutes> {
  const { approvals, traces, now } = parts;
  return {
    'approvals.list': async ({ query: { workspace, cursor, limit, state, agent, tool, run } }) => {
      const runId = run === undefined ? undefined : await runIdOf(traces, workspace, run);
      const filter = { state, agent, target: tool, run: runId, cursor, limit: limit + 1 };
      return paged(await approvals.list(workspace, filter), limit, approvalRow);
    },
    'approvals.metrics': async ({ query }) => {
      const sinceMs = query.since === undefined ? now() - LOAD_WINDOW_MS : Date.parse(query.since);
      return approvalLoad(parts, query.workspace, sinceMs);
    },
    'approvals.events': async ({ query: { workspace }, lastEventId }) => ({
      past: lastEventId === undefined ? [] : (approvals.feed.since(workspace, lastEventId)?.map(streamed) ?? 'reset'),
      listen: (hear) => approvals.feed.listen(workspace, (event) => hear(streamed(event))),
    }),
    'approvals.get': async ({ params, query }) => {
      const shown = await approvals.show(query.workspace, params.approval);
      if (shown === undefined) throw missing(params.approval, query.workspace);
      const { approval, content } = shown;
      const similar = await approvals.past(approval, SIMILAR_DECISIONS);
      return approvalView(approval, content, { earlier: await earlierActions(parts, approval), similar });
    },
    'approvals.approve': ({ params, query, body, admin }) =>
      decide(parts, params.approval, query.workspace, admin.person, { verdict: 'approve', ...body }),
    'approvals.deny': ({ params, query, body, admin }) =>
      decide(parts, params.approval, query.workspace, admin.person, { verdict: 'deny', ...body }),
    'approvals.grant': ({ params, query, body, admin }) => {
      const { digest, reason, for: lifetime, ...wish } = body;
      const grant = { ...wish, forMs: durationMs(lifetime) };
      return decide(parts, params.approval, query.workspace, admin.person, {
        verdict: 'approve',
        digest,
        reason,
        grant,
      });
    },
    'grants.list': async ({ query: { workspace, cursor, limit } }) =>
      paged(await approvals.grants(workspace, cursor, limit + 1), limit, grantRow),
    'grants.revoke': async ({ params, query, admin }) => {
      await approvals.revokeGrant(query.workspace, params.grant as GrantId, admin.person);
      return { id: params.grant, revoked: true };
    },
  };
}

async function decide(
  { approvals }: ApprovalParts,
  id: string,
  workspace: string,
  by: { readonly id: string; readonly name: string },
  decision: Decision,
) {
  if (!isId('approval', id)) throw missing(id, workspace);
  return approvalRow(await approvals.decide(workspace, id satisfies ApprovalId, by, decision));
}

/** The same answer for what never was and for what is another workspace's. */
function missing(id: string, workspace: string): ReeveError {
  return new ReeveError('not_found', `there is no approval ${JSON.stringify(id)} in workspace ${workspace}`);
}

/** What the run did before, and the run that all of it began with. Newest first. */
async function earlierActions({ traces }: ApprovalParts, approval: Approval): Promise<readonly ActionRecord[]> {
  const { workspace, run, root, action } = approval;
  const runs = run === root ? [run] : [run, root];
  const pages = await Promise.all(
    runs.map((one) => traces.listActions(workspace, { run: one }, { limit: EARLIER_ACTIONS + 1 })),
  );
  const actions = pages.flatMap(({ items }) => items).filter(({ id }) => id < action);
  return actions.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, EARLIER_ACTIONS);
}

function streamed({ id, notice }: FeedEvent): StreamedEvent<{
  event: string;
  at: string;
  by: string | null;
  approval: ReturnType<typeof approvalRow>;
}> {
  const { kind, approval, atMs, by } = notice;
  return {
    id,
    event: kind,
    data: { event: kind, at: iso(atMs), by: by?.name ?? null, approval: approvalRow(approval) },
  };
}

function grantRow(grant: Grant) {
  const { id, agent, target, approval, scope, used, maxUses, createdBy } = grant;
  return {
    ...{ id, agent, tool: target, approval, used, maxUses },
    args: scope.args,
    paths: Object.keys(scope.equal ?? {}),
    maxAmount: scope.maxAmount ?? null,
    flow: scope.flow,
    until: iso(grant.untilMs),
    by: createdBy.name,
    createdAt: iso(grant.createdAtMs),
    revokedAt: isoOrNull(grant.revokedAtMs),
  };
}

function paged<T extends { readonly id: string }, Row>(
  rows: readonly T[],
  limit: number,
  view: (row: T) => Row,
): { items: Row[]; next: string | null } {
  const items = rows.slice(0, limit);
  return { items: items.map(view), next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
