/** An agent on autopilot whose calls rules, a second opinion, flow tracking and people judge. */
export function judgementFleet(shop: string, provider: string, judge: string): Readonly<Record<string, string>> {
  return {
    'fleet.yaml': fleetOf(shop, provider, judge),
    'risk.yaml': RULES,
    'policies/shop.cedar': 'permit (principal, action == Reeve::Action::"call", resource);',
  };
}

function fleetOf(shop: string, provider: string, judge: string): string {
  return `
kind: Workspace
name: default
providers:
  openai: { baseUrl: "${provider}/v1" }
prices:
  - { model: openai/*, price: { input: 1, output: 1 } }
---
kind: Agent
name: worker
owner: maya@example.com
purpose: Works while those who judge it break
autonomy: autopilot
tools: [shop.*]
models: ["*"]
limits: { toolCallsPerRun: 100000, toolCallsPerMinute: 100000, retriesPerCall: 100000 }
---
kind: ToolServer
name: shop
transport: { api: "${shop}" }
privateNetwork: true
tools:
  order:
    effect: write
    deciding: []
    request: { method: POST, path: /orders }
    inputSchema:
      type: object
      properties: { item: { type: string }, amount: { type: number }, ceiling: {} }
      required: [item, amount]
  bulk:
    effect: write
    deciding: []
    request: { method: POST, path: /bulk }
    inputSchema:
      type: object
      properties: { to: { type: array }, cc: { type: array } }
  review: { effect: write, deciding: [], request: { method: POST, path: /reviews }, inputSchema: { type: object, properties: { item: { type: string } } } }
  page: { effect: read, trust: trusted, request: { method: GET, path: /page } }
  send: { effect: send, request: { method: POST, path: /mails }, inputSchema: { type: object, properties: { to: { type: string } } } }
  pay: { effect: pay, reversible: irreversible, deciding: [], request: { method: POST, path: /payments }, inputSchema: { type: object, properties: { item: { type: string } } } }
---
kind: Model
name: judge
targets: [{ provider: openai, model: sim, baseUrl: "${judge}", price: { input: 1, output: 1 } }]
retry: { attempts: 0 }
---
{ kind: Secret, name: hook, from: { env: HOOK_SECRET } }
---
kind: Approvals
name: payments
tools: [shop.pay]
require: always
separation: false
channels: [{ webhook: { url: "http://127.0.0.1:9/hook", secret: hook, privateNetwork: true } }]
`;
}

const RULES = `
kind: RiskRules
name: guard
signals:
  - { name: spent, on: shop.order, aggregate: sum, value: args.amount, by: [args.item], window: 24h }
rules:
  - { id: ceiling, when: 'action.tool == "shop.order" && args.amount > args.ceiling', score: 70, say: above its ceiling }
  - { id: cap, when: 'action.tool == "shop.order" && signals.spent + args.amount > 100.0', verdict: deny, say: too much }
  - { id: overlap, when: 'action.tool == "shop.bulk" && args.to.exists(t, t in args.cc)', score: 70, say: told twice }
  - { id: marked, when: 'action.tool == "shop.review" && args.item == "marked"', verdict: hold, say: marked }
secondOpinion: [{ tools: [shop.review], model: judge, timeout: 500ms }]
`;
