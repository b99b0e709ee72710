import type { ApiRoutes } from '@reeve/contracts';
import type { Ledger, LedgerReader } from '../audit/index.ts';
import type { ApiHandlers } from '../http/index.ts';
import { ReeveError } from '../lib/index.ts';
import type { FleetService } from '../registry/index.ts';
import { iso } from './time.ts';

type AuditRoutes = Pick<ApiRoutes, Extract<keyof ApiRoutes, `audit.${string}` | `status.${string}`>>;

export interface AuditParts {
  readonly ledger: Ledger;
  readonly ledgerReader: LedgerReader;
  readonly fleets: FleetService;
  readonly problems: () => readonly string[];
  readonly version: string;
  readonly startedAtMs: number;
}

export function auditHandlers(parts: AuditParts): ApiHandlers<AuditRoutes> {
  const { ledger, ledgerReader, fleets } = parts;
  return {
    'audit.status': async () => {
      const { origin, vkey, checkpoint } = ledgerReader.head();
      return { origin, entries: ledger.size, published: ledger.published, checkpoint, vkey };
    },
    'audit.entries': async ({ query }) => {
      const items = await ledgerReader.entries(query.from, query.limit);
      const last = items.at(-1);
      const more = last !== undefined && last.index + 1 < ledger.size;
      return { items: items.map(({ index, entry }) => ({ index, entry })), next: more ? String(last.index + 1) : null };
    },
    'audit.receipt': async ({ params }) => {
      if (params.index >= ledger.size) throw new ReeveError('not_found', `the ledger has ${ledger.size} entries`);
      await ledger.publish();
      const { entry, receipt } = ledgerReader.receipt(params.index);
      return {
        index: params.index,
        entry: Buffer.from(entry).toString('utf8'),
        proof: receipt,
        vkey: ledgerReader.head().vkey,
      };
    },
    'status.get': async () => {
      const problems = parts.problems();
      return {
        version: parts.version,
        node: process.version,
        startedAt: iso(parts.startedAtMs),
        workspaces: fleets.workspaces().flatMap((name) => {
          const fleet = fleets.current(name);
          return fleet === undefined ? [] : [{ name, fleetVersion: fleet.version, agents: fleet.agents.size }];
        }),
        ready: problems.length === 0,
        problems: [...problems],
      };
    },
  };
}
