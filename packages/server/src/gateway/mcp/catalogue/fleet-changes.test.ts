import { type Agent, agentSchema, type ToolServer, toolServerSchema, workspaceSchema } from '@reeve/contracts';
import { expect, test } from 'vitest';
import type { Fleet } from '../../../registry/index.ts';
import { FleetChanges } from './fleet-changes.ts';

const agent = (name: string, tools: string[]): Agent =>
  agentSchema.parse({ kind: 'Agent', name, owner: 'maya@example.com', purpose: 'test', tools });
const server = (name: string): ToolServer =>
  toolServerSchema.parse({ kind: 'ToolServer', name, transport: { http: 'http://127.0.0.1/mcp' } });
const [a, a2, b, s, t] = [agent('a', ['s.x']), agent('a', ['s.*']), agent('b', []), server('s'), server('t')];

function fleet(agents: Agent[], servers: ToolServer[], policy: string, workspace = 'main'): Fleet {
  return {
    workspace,
    version: 'sha256:0',
    settings: workspaceSchema.parse({ kind: 'Workspace', name: workspace }),
    agents: new Map(agents.map((each) => [each.name, each])),
    toolServers: new Map(servers.map((each) => [each.name, each])),
    models: new Map(),
    secrets: new Map(),
    budgets: new Map(),
    guardrails: new Map(),
    riskRules: new Map(),
    approvals: new Map(),
    policies: [{ path: 'policies/p.cedar', text: policy }],
  };
}

test.each([
  ['nothing', fleet([a, b], [s], 'p'), []],
  ['one agent', fleet([a2, b], [s], 'p'), [['main', ['a']]]],
  ['a policy', fleet([a, b], [s], 'q'), [['main', undefined]]],
  ['a server more', fleet([a, b], [s, t], 'p'), [['main', undefined]]],
  ['another server', fleet([a, b], [t], 'p'), [['main', undefined]]],
  ['the first fleet of another workspace', fleet([a2], [t], 'q', 'other'), []],
])('%s changed', (_name, after, told) => {
  const changes = new FleetChanges();
  const heard: unknown[] = [];
  changes.onChange((workspace, agents) => heard.push([workspace, agents && [...agents]]));
  changes.applied(fleet([a, b], [s], 'p'));
  changes.applied(after);
  expect(heard).toEqual(told);
});
