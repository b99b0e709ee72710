import { expect, test } from 'vitest';
import { AgentTrust, type Evidence } from './agent-trust.ts';

const DAY = 86_400_000;
const LEVELS = { hold: 40, deny: 80, until: { actions: 3, days: 1 } };

function trustOf(history: { firstAtMs?: number; lastRefusedAtMs?: number; executed: number }) {
  const asked: string[] = [];
  const trust = new AgentTrust(async (workspace, agent) => {
    asked.push(`${workspace}/${agent}`);
    return { firstAtMs: undefined, lastRefusedAtMs: undefined, ...history };
  });
  return { trust, asked };
}

test('of calls side by side one asks; other agents and workspaces have a history of their own', async () => {
  const { trust, asked } = trustOf({ firstAtMs: 0, executed: 3 });
  const evidence = (agent: string, workspace = 'default') => trust.evidence(workspace, agent, [LEVELS], 2 * DAY);
  await Promise.all([evidence('a'), evidence('a'), evidence('a'), evidence('b'), evidence('a', 'other')]);
  expect(asked).toEqual(['default/a', 'default/b', 'other/a']);
  expect(evidence('a')).toEqual({ actions: 3, days: 2 });
});

test('a refusal starts it over at once', async () => {
  const { trust } = trustOf({ firstAtMs: 0, executed: 3 });
  await trust.evidence('default', 'a', [LEVELS], 2 * DAY);
  trust.refused('default', 'a', 2 * DAY);
  expect(trust.evidence('default', 'a', [LEVELS], 2 * DAY + 1)).toEqual({ actions: 0, days: 0 });
});

test('a history that cannot be read is no trust', async () => {
  const trust = new AgentTrust(() => Promise.reject(new Error('no database')));
  const evidence = async (): Promise<Evidence> => trust.evidence('default', 'a', [LEVELS], 0);
  await expect(evidence()).rejects.toThrow('no database');
  await expect(evidence()).rejects.toThrow('no database');
});
