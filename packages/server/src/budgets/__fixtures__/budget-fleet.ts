import { type Agent, agentSchema, type Budget, budgetSchema, type Cap, workspaceSchema } from '@reeve/contracts';
import type { Fleet } from '../../registry/index.ts';
import type { Charge, Spender } from '../reservation.ts';

export function agentWith(name: string, more: object = {}): Agent {
  return agentSchema.parse({ kind: 'Agent', name, owner: 'maya@example.com', purpose: 'test', ...more });
}

export function fleetWith(parts: {
  agents?: readonly Agent[];
  budgets?: readonly object[];
  timeZone?: string;
  workspace?: string;
}): Fleet {
  const workspace = parts.workspace ?? 'main';
  const budgets = (parts.budgets ?? []).map((budget): Budget => budgetSchema.parse({ kind: 'Budget', ...budget }));
  const settings = { kind: 'Workspace', name: workspace, owner: 'head@example.com', timeZone: parts.timeZone ?? 'UTC' };
  return {
    workspace,
    version: 'sha256:0',
    settings: workspaceSchema.parse(settings),
    agents: new Map((parts.agents ?? []).map((agent) => [agent.name, agent])),
    toolServers: new Map(),
    models: new Map(),
    secrets: new Map(),
    budgets: new Map(budgets.map((budget) => [budget.name, budget])),
    guardrails: new Map(),
    riskRules: new Map(),
    approvals: new Map(),
    policies: [],
  };
}

export function refundFleet(...budgets: Cap[]): Fleet {
  return fleetWith({ agents: [agentWith('refund', { budgets })] });
}

export function spender(more: Partial<Spender> = {}): Spender {
  return { workspace: 'main', agent: 'refund', run: 'run_1', attribution: {}, ...more };
}

export function calls(count: number): Charge {
  return { nanoUsd: 0, tokens: 0, calls: count };
}
