import { join } from 'node:path';

const SERVERS = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol');

export interface FleetFacts {
  /** Of the simulated model provider. */
  readonly models: string;
  /** Of the HTTP API whose operations are tools. */
  readonly orders: string;
  /** A directory that the reference file server may serve. */
  readonly files: string;
}

/** Agents whose one difference is what each test is about. */
export const AGENTS = [
  'helper',
  'clerk',
  'capped',
  'counted',
  'buyer',
  'tagged',
  'guarded',
  'runaway',
  'ended',
] as const;

export function fleetOf(facts: FleetFacts): Record<string, string> {
  return {
    'fleet.yaml': [workspace(facts), AGENT_OBJECTS, models(facts), tools(facts)].join('\n---\n'),
    'policies/clerk.cedar': CLERK,
  };
}

function workspace({ models: url }: FleetFacts): string {
  return `
kind: Workspace
name: default
providers:
  sim: { api: openai, baseUrl: "${url}/v1", credential: sim }
  openai: { baseUrl: "${url}/v1", credential: sim }
  anthropic: { baseUrl: "${url}", credential: sim }
  gemini: { baseUrl: "${url}", credential: sim }
prices:
  - { model: sim/*, price: { input: 1, output: 2 } }
  - { model: anthropic/*, price: { input: 1, output: 2 } }
  - { model: gemini/*, price: { input: 1, output: 2 } }
---
{ kind: Secret, name: sim, from: { env: SIM_API_KEY } }
---
{ kind: Guardrails, name: house, agents: [guarded], checks: [{ check: secrets, on: [input, output], action: deny }] }`;
}

const AGENT_OBJECTS = [
  'name: helper, models: ["*"], tools: ["files.*", "every.*", "orders.*"]',
  'name: clerk, models: [small], tools: ["files.*"]',
  'name: capped, models: [small], budgets: [{ per: day, usd: 0.002 }]',
  'name: counted, models: [small, claude, gemini], budgets: [{ per: day, calls: 25 }]',
  'name: buyer, tools: [orders.search], budgets: [{ per: day, usd: 0.25 }], limits: { toolCallsPerMinute: 1000 }',
  'name: tagged, models: [small, claude, gemini], requireTags: [feature]',
  'name: guarded, models: [small, claude, gemini]',
  'name: runaway, models: ["*"]',
  'name: ended, models: [small, claude, gemini]',
]
  .map((fields) => `{ kind: Agent, owner: maya@example.com, purpose: Proves the Python clients, ${fields} }`)
  .join('\n---\n');

function models({ models: url }: FleetFacts): string {
  const route = (name: string, api: string, path: string) =>
    `{ kind: Model, name: ${name}, maxOutputTokens: 64, targets: [{ provider: sim-${api}, api: ${api}, model: sim-${name}, baseUrl: "${url}${path}", credential: sim, price: { input: 1, output: 2 } }] }`;
  return [route('small', 'openai', '/v1'), route('claude', 'anthropic', ''), route('gemini', 'gemini', '')].join(
    '\n---\n',
  );
}

function tools({ orders, files }: FleetFacts): string {
  const stdio = (server: string, argument: string) =>
    JSON.stringify([process.execPath, join(SERVERS, server, 'dist/index.js'), argument]);
  return `
kind: ToolServer
name: files
transport: { stdio: ${stdio('server-filesystem', files)} }
tools:
  read_text_file: { effect: read }
  write_file: { effect: write }
---
kind: ToolServer
name: every
transport: { stdio: ${stdio('server-everything', 'stdio')} }
tools:
  echo: { effect: read }
  get-sum: { effect: read }
---
kind: ToolServer
name: orders
transport: { api: "${orders}" }
privateNetwork: true
tools:
  search:
    effect: read
    costUsd: 0.01
    inputSchema: { type: object, properties: { customer: { type: string } }, required: [customer], additionalProperties: false }
    request: { method: GET, path: /orders, query: [customer] }
  refund:
    effect: pay
    inputSchema: { type: object, properties: { order: { type: string } }, required: [order] }
    request: { method: POST, path: "/orders/{order}/refund" }`;
}

const CLERK = `
permit (principal == Reeve::Agent::"clerk", action == Reeve::Action::"call", resource == Reeve::Tool::"files.write_file")
when { context.args.path like "*/notes/*" };
`;
