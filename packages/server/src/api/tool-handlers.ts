import type { ApiRoutes } from '@reeve/contracts';
import type { ApiHandlers } from '../http/index.ts';
import { ReeveError } from '../lib/index.ts';
import type { FleetService } from '../registry/index.ts';
import { fleetOf } from './fleet-of.ts';
import { iso } from './time.ts';

type ToolRoutes = Pick<ApiRoutes, Extract<keyof ApiRoutes, `tools.${string}`>>;

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

export interface ToolParts {
  readonly fleets: FleetService;
  readonly toolReviews: ToolReviews;
}

export function toolHandlers(parts: ToolParts): ApiHandlers<ToolRoutes> {
  const { fleets, toolReviews } = parts;
  return {
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

function listTools({ fleets }: ToolParts, query: ToolQuery) {
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
