import { expect, test } from 'vitest';
import { agentRecord } from './agent-record.ts';
import { compileSource } from './compile-source.ts';

const FLEET = `kind: Agent
name: refund
owner: maya@example.com
sponsor: sam@example.com
purpose: Refund charges
trigger: webhook
runtime: { framework: langgraph, vendor: internal, version: "3.2" }
risk: high
autonomy: pilot
tools: [stripe.refund]
models: [small, "mistral/*"]
data: [{ source: stripe, access: write }]
rollback: { procedure: "reeve runs undo <run>", rehearsed: 2026-11-02 }
reviewed: { at: 2026-11-01, every: 90d }
---
kind: Agent
name: idle
owner: maya@example.com
purpose: Nothing
---
{ kind: ToolServer, name: stripe, transport: { http: "https://mcp.example.com" }, credential: stripe-key }
---
{ kind: ToolServer, name: other, transport: { http: "https://mcp.example.com" }, credential: other-key }
---
{ kind: Model, name: small, targets: [{ provider: openai, model: x }, { provider: anthropic, model: y, credential: anthropic-key }] }
---
kind: Workspace
name: w
providers: { openai: { credential: openai-key }, mistral: { api: openai, credential: mistral-key } }
---
{ kind: Secret, name: stripe-key, from: { env: A } }
---
{ kind: Secret, name: other-key, from: { env: A } }
---
{ kind: Secret, name: openai-key, from: { env: A } }
---
{ kind: Secret, name: anthropic-key, from: { env: A } }
---
{ kind: Secret, name: mistral-key, from: { env: A } }
`;

test('the record carries every field, and the credentials that Reeve uses for the agent', async () => {
  const { fleet, problems } = await compileSource({ files: [{ path: 'f.yaml', text: FLEET }] }, new Map());
  expect(problems).toEqual([]);
  expect(agentRecord(fleet, 'refund')).toEqual({
    name: 'refund',
    description: null,
    purpose: 'Refund charges',
    owner: 'maya@example.com',
    sponsor: 'sam@example.com',
    trigger: 'webhook',
    data: [{ source: 'stripe', access: 'write' }],
    tools: ['stripe.refund'],
    models: ['small', 'mistral/*'],
    credentials: ['anthropic-key', 'mistral-key', 'openai-key', 'stripe-key'],
    framework: 'langgraph',
    vendor: 'internal',
    version: '3.2',
    risk: 'high',
    autonomy: 'pilot',
    state: 'active',
    reviewedAt: '2026-11-01',
    reviewEvery: '90d',
    rollback: { procedure: 'reeve runs undo <run>', rehearsed: '2026-11-02' },
    limits: {},
    budgets: [],
    requireTags: [],
    fleetVersion: fleet.version,
  });
  expect(agentRecord(fleet, 'idle')).toMatchObject({ credentials: [], sponsor: null, rollback: null });
  expect(agentRecord(fleet, 'gone')).toBeUndefined();
});
