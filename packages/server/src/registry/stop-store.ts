import { idSchema } from '@reeve/contracts';
import { z } from 'zod';
import type { Statement, Storage } from '../storage/index.ts';
import { type Stop, type StopTarget, targetName } from './stop.ts';

const SQL = {
  open: `SELECT workspace, id, target_kind, target, reason, ordered_at, ordered_by FROM registry_stop
    WHERE lifted_at IS NULL ORDER BY ordered_at`,
  insert: `INSERT INTO registry_stop (workspace, id, target_kind, target, reason, ordered_at, ordered_by)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  lift: 'UPDATE registry_stop SET lifted_at = ?, lifted_by = ? WHERE workspace = ? AND id = ? AND lifted_at IS NULL',
} as const;

const stopRow = z.object({
  workspace: z.string(),
  id: idSchema('stop'),
  target_kind: z.enum(['agent', 'run', 'tool', 'credential', 'all']),
  target: z.string(),
  reason: z.string(),
  ordered_at: z.number(),
  ordered_by: z.string(),
});

export async function readOpenStops(storage: Storage): Promise<Stop[]> {
  return (await storage.read(SQL.open)).map((row) => {
    const { workspace, id, target_kind, target, reason, ordered_at, ordered_by } = stopRow.parse(row);
    return {
      workspace,
      id,
      target: toTarget(target_kind, target),
      reason,
      orderedAtMs: ordered_at,
      orderedBy: ordered_by,
    };
  });
}

export function orderStatement({ workspace, id, target, reason, orderedAtMs, orderedBy }: Stop): Statement {
  return { sql: SQL.insert, params: [workspace, id, target.kind, targetName(target), reason, orderedAtMs, orderedBy] };
}

export function liftStatement({ workspace, id }: Stop, by: string, atMs: number): Statement {
  return { sql: SQL.lift, params: [atMs, by, workspace, id] };
}

function toTarget(kind: StopTarget['kind'], text: string): StopTarget {
  if (kind === 'all') return { kind };
  return kind === 'agent' || kind === 'tool' ? { kind, name: text } : { kind, id: text };
}
