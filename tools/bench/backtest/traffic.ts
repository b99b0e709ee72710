import type { PastCall } from '../../../packages/server/src/gateway/backtest/__fixtures__/record-traffic.ts';

const DAY_MS = 86_400_000;
const AGENTS = 20;
const MODEL_CALLS_IN_TEN = 3;
const READS_IN_TEN = 4;

/** A month of twenty agents: model calls, reads, and payments of which one in a hundred is large. Always the same. */
export function* month(actions: number, untilMs: number): Generator<PastCall> {
  const random = numbers(7);
  const stepMs = (29 * DAY_MS) / actions;
  for (let index = 0; index < actions; index++) {
    const atMs = Math.floor(untilMs - 29 * DAY_MS + index * stepMs);
    const agent = `agent-${index % AGENTS}`;
    const kind = random() * 10;
    if (kind < MODEL_CALLS_IN_TEN) yield { agent, model: 'small', atMs };
    else if (kind < MODEL_CALLS_IN_TEN + READS_IN_TEN)
      yield { agent, tool: 'shop.read', args: { id: `ord_${index}` }, effect: 'read', atMs };
    else {
      const total = Math.round(random() * (index % 100 === 0 ? 200_000 : 20_000)) / 100;
      const vendor = `vendor-${Math.floor(random() * 200)}`;
      yield { agent, tool: 'shop.order', args: { vendor, total, note: 'as agreed' }, effect: 'pay', atMs };
    }
  }
}

/** mulberry32 */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const agents = Array.from(
  { length: AGENTS },
  (_, index) =>
    `kind: Agent\nname: agent-${index}\nowner: maya@example.com\npurpose: Orders\nautonomy: autopilot\ntools: ["shop.*"]\nmodels: [small]\n---\n`,
).join('');

const signals = Array.from(
  { length: 20 },
  (_, index) =>
    `  - { name: s${index}, on: shop.order, aggregate: ${index % 2 === 0 ? 'count' : 'sum'}${index % 2 === 0 ? '' : ', value: args.total'}, by: [${['agent', 'workspace', 'args.vendor'][index % 3]}], window: ${1 + index}h }`,
).join('\n');
const rules = Array.from(
  { length: 40 },
  (_, index) =>
    `  - { id: r${index}, when: 'action.tool == "shop.order" && signals.s${index % 20} > ${5_000 + index * 1_000}.0', score: ${10 + index}, say: "much ordered" }`,
).join('\n');

const FLEET = `kind: Workspace
name: default
providers: { openai: { baseUrl: "http://127.0.0.1:9/v1" } }
---
${agents}kind: ToolServer
name: shop
transport: { http: "http://127.0.0.1:9/mcp" }
privateNetwork: true
tools: { read: { effect: read }, order: { effect: pay, amount: args.total } }
---
kind: Model
name: small
targets: [{ provider: openai, model: gpt-5-mini }]
`;
const RULES = `kind: RiskRules
name: orders
signals:
${signals}
rules:
${rules}
`;
const PERMIT = '@id("orders") permit (principal, action, resource == Reeve::Tool::"shop.order");';
const HOLD =
  '@id("large") @hold("person") forbid (principal, action, resource == Reeve::Tool::"shop.order") when { context.amount.greaterThan(decimal("500.0")) };';
const VENDOR =
  '@id("vendor") forbid (principal, action, resource == Reeve::Tool::"shop.order") when { context.args.vendor == "vendor-13" };';

export const IN_FORCE = { 'fleet.yaml': FLEET, 'policies/shop.cedar': PERMIT };
export const CANDIDATE = {
  files: [
    { path: 'fleet.yaml', text: FLEET },
    { path: 'rules.yaml', text: RULES },
    { path: 'policies/shop.cedar', text: [PERMIT, HOLD, VENDOR].join('\n') },
  ],
};
