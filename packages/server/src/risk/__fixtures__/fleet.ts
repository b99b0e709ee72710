import type { LocatedProblem } from '@reeve/contracts';
import type { Fleet } from '../../registry/index.ts';
import { compileSource } from '../../registry/compile-source.ts';
import { compileRules, type RulesCompilation } from '../rules/compile-rules.ts';
import type { KnownSchema } from '../rules/known-tools.ts';
import { LocalClock } from '../schedules/local-minute.ts';

const FLEET = `
kind: Workspace
name: default
timeZone: Europe/Berlin
providers: { openai: {} }
---
kind: Agent
name: buyer
owner: maya@example.com
purpose: Buys what the stock needs
tools: ["*"]
models: [small]
---
kind: Agent
name: clerk
owner: noor@example.com
purpose: Looks things up
tools: ["*"]
---
kind: Model
name: small
targets: [{ provider: openai, model: gpt-5-mini, baseUrl: "http://127.0.0.1:9" }]
---
kind: ToolServer
name: erp
transport: { api: "https://erp.example.com" }
tools:
  create_order:
    effect: write
    amount: args.amount
    subject: args.vendor
    request: { method: POST, path: /orders }
    inputSchema:
      type: object
      required: [amount, vendor]
      properties:
        amount: { type: number }
        vendor: { type: string }
        currency: { enum: [EUR, USD] }
        note: { type: string }
        lines: { type: array, items: { type: object } }
        extra: { type: object }
  set_price:
    effect: write
    request: { method: POST, path: /prices }
    inputSchema:
      type: object
      properties: { sku: { type: string }, price: { type: number } }
---
kind: ToolServer
name: crm
transport: { api: "https://crm.example.com" }
tools:
  find: { effect: read, request: { method: GET, path: /find }, inputSchema: { type: object, properties: { query: { type: string } } } }
  export: { effect: export, request: { method: GET, path: /export }, inputSchema: { type: object, properties: { all: { type: boolean } } } }
---
kind: ToolServer
name: mcp
transport: { http: "https://mcp.example.com/mcp" }
tools:
  declared: { effect: send }
`;

const UNKNOWN: KnownSchema = () => undefined;

/** The fleet of these tests with one RiskRules object, through the real compiler. */
export async function fleetWith(rules: string, name = 'purchasing'): Promise<Fleet> {
  const { fleet, problems } = await compile(rules, name);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  return fleet;
}

export async function compileFleet(
  rules: string,
  known = UNKNOWN,
): Promise<{ fleet: Fleet; problems: readonly LocatedProblem[]; compilation: RulesCompilation }> {
  const { fleet, problems, locate } = await compile(rules, 'purchasing');
  const object = fleet.riskRules.get('purchasing');
  if (object === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const compilation = compileRules(fleet, object, new LocalClock(), known);
  return { fleet, compilation, problems: [...problems, ...compilation.problems.map(locate)] };
}

function compile(rules: string, name: string) {
  const risk = `kind: RiskRules\nname: ${name}\n${rules}\n`;
  return compileSource({ files: [{ path: 'fleet.yaml', text: FLEET }, { path: 'risk.yaml', text: risk }] }, new Map());
}
