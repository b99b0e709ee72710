/** Caps of `frugal`, low enough to be reached under load. */
export const FRUGAL_CAP_USD = 0.02;

/** Two agents, a priced and an unpriced provider, and a shop whose tools read and write. */
export function resilienceFleet(
  provider: string,
  shop: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return { 'fleet.yaml': fleetOf(provider, shop), 'policies/shop.cedar': POLICIES, ...more };
}

function fleetOf(provider: string, shop: string): string {
  return `
kind: Workspace
name: default
providers:
  openai: { baseUrl: "${provider}/v1" }
  anthropic: { baseUrl: "${provider}" }
  gemini: { baseUrl: "${provider}" }
  unpriced: { api: openai, baseUrl: "${provider}/v1" }
prices:
  - { model: openai/*, price: { input: 10, output: 20 } }
  - { model: anthropic/*, price: { input: 10, output: 20 } }
  - { model: gemini/*, price: { input: 10, output: 20 } }
maxOutputTokens: 32
---
kind: Agent
name: worker
owner: maya@example.com
purpose: Works while things break
tools: [shop.*, vault.*]
models: ["*"]
limits: { toolCallsPerRun: 1000000, toolCallsPerMinute: 1000000, modelCallsPerRun: 1000000, modelCallsPerMinute: 1000000 }
budgets: [{ per: day, usd: 100000 }]
---
kind: Agent
name: frugal
owner: maya@example.com
purpose: Works under a cap that load reaches
models: ["*"]
limits: { toolCallsPerRun: 1000000, toolCallsPerMinute: 1000000, modelCallsPerRun: 1000000, modelCallsPerMinute: 1000000 }
budgets: [{ per: day, usd: ${FRUGAL_CAP_USD} }]
---
kind: ToolServer
name: shop
transport: { api: "${shop}" }
privateNetwork: true
tools:
  order:
    effect: pay
    sideEffect: result.id
    costUsd: 0.01
    request: { method: POST, path: /orders }
    inputSchema: { type: object, properties: { item: { type: string } }, required: [item] }
  list: { effect: read, request: { method: GET, path: /orders } }
  refund: { effect: pay, request: { method: POST, path: /refunds } }
  discard: { effect: delete, request: { method: POST, path: /discards } }
  hang: { effect: read, timeout: 300ms, request: { method: GET, path: /hang } }
  deep: { effect: read, request: { method: GET, path: /deep }, inputSchema: ${JSON.stringify(doubling(40))} }
  pattern:
    effect: read
    request: { method: GET, path: /pattern, query: [text] }
    inputSchema: { type: object, properties: { text: { type: string, pattern: "^(a+)+$" } } }
---
{ kind: Secret, name: vault-key, from: { env: VAULT_KEY_THAT_NOBODY_SET } }
---
kind: ToolServer
name: vault
transport: { api: "${shop}" }
privateNetwork: true
credential: vault-key
tools:
  open: { effect: read, request: { method: GET, path: /vault } }
---
kind: Guardrails
name: patterns
agents: [guarded]
checks: [{ check: regex, on: [input], config: { pattern: "forbidden-[0-9]+" } }]
---
kind: Agent
name: guarded
owner: maya@example.com
purpose: Has its input read
models: ["*"]
`;
}

/** Small to write down, and twice the work with each level. */
function doubling(levels: number): object {
  const definitions: Record<string, object> = { [`d${levels}`]: { type: 'number' } };
  for (let i = 0; i < levels; i++) {
    const next = { $ref: `#/$defs/d${i + 1}` };
    definitions[`d${i}`] = { anyOf: [next, next] };
  }
  return { $defs: definitions, properties: { a: { $ref: '#/$defs/d0' } } };
}

const POLICIES = `
permit (principal == Reeve::Agent::"worker", action == Reeve::Action::"call", resource == Reeve::Tool::"shop.order");
permit (principal == Reeve::Agent::"worker", action == Reeve::Action::"call", resource == Reeve::Tool::"shop.refund");
@id("needs-ceiling")
forbid (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"shop.refund")
  when { context.args.ceiling < 100 };
`;
