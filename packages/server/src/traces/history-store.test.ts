import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqlite } from '../storage/index.ts';
import { readAgentHistory } from './history-store.ts';

const INSERT = `INSERT INTO trace_action (workspace, id, agent, run, kind, state, outcome, started_at, cost_nano_usd, process)
  VALUES (?, ?, ?, 'run_1', 'tool.call', 'ended', ?, ?, 0, 'p')`;

test('what an agent did since it was last refused; nobody else counts', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'reeve-history-'));
  const storage = await openSqlite(directory);
  let id = 0;
  const ended = (outcome: string, agent = 'a', workspace = 'default') => {
    id += 1;
    return { sql: INSERT, params: [workspace, `act_${String(id).padStart(4, '0')}`, agent, outcome, id * 1_000] };
  };
  const history = (atMost = 50, workspace = 'default') => readAgentHistory(storage, workspace, 'a', atMost);
  expect(await history()).toEqual({ firstAtMs: undefined, lastRefusedAtMs: undefined, executed: 0 });

  await storage.write(
    [ended('succeeded'), ended('held'), ended('succeeded'), ended('denied', 'b'), ended('denied', 'a', 'other')],
    'process',
  );
  expect(await history()).toEqual({ firstAtMs: 1_000, lastRefusedAtMs: undefined, executed: 2 });
  await storage.write([ended('blocked'), ended('succeeded'), ended('succeeded'), ended('succeeded')], 'process');
  expect(await history()).toEqual({ firstAtMs: 1_000, lastRefusedAtMs: 6_000, executed: 3 });
  expect(await history(2)).toMatchObject({ executed: 2 });
  expect(await history(50, 'other')).toMatchObject({ executed: 0, lastRefusedAtMs: 5_000 });

  const plan = await storage.read<{ detail: string }>(
    `EXPLAIN QUERY PLAN SELECT id FROM trace_action WHERE workspace = ? AND agent = ? AND outcome IN ('denied', 'blocked') ORDER BY id DESC LIMIT 1`,
    ['default', 'a'],
  );
  expect(plan.map(({ detail }) => detail).join()).toContain('trace_action_refused');
  await storage[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});
