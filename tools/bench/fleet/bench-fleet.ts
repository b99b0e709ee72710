import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchRules, quietTools } from './bench-rules.ts';

export interface FleetOptions {
  readonly upstreamPort: number;
  readonly agents: number;
  /** Policies about one agent each, besides those of everybody. */
  readonly ownPolicies: number;
  readonly guardrails: boolean;
  /** Whether actions are also asked whether they should: risk rules, and values of calls followed to where they came from. */
  readonly should?: boolean;
}

export const MODEL = 'small';
export const TOOL_SERVER = 'notes';
export const TOOL = 'save_note';
export const SECRET_ENV = 'MOCK_PROVIDER_KEY';

/** High enough never to refuse, set so that every one of them is counted. */
const OFTEN = 1_000_000_000;
const MUCH_USD = 1_000_000;

export function agentName(number: number): string {
  return `agent-${number}`;
}

/** A fleet in which every contributor has something to decide: limits, three kinds of budgets, policies that read context. */
export function writeFleet(directory: string, options: FleetOptions): void {
  mkdirSync(join(directory, 'policies'), { recursive: true });
  const write = (path: string, text: string) => writeFileSync(join(directory, path), text);
  write('workspace.yaml', documents([...workspace(), ...upstreams(options)]));
  write('agents.yaml', documents(Array.from({ length: options.agents }, (_, number) => agent(number))));
  for (const { path, text } of policyTexts(options.ownPolicies)) write(path, text);
  if (options.should === true) write('risk.yaml', documents(benchRules(TOOL_SERVER, TOOL)));
  if (options.guardrails) write('guardrails.yaml', documents([GUARDRAILS]));
}

export function policyTexts(ownPolicies: number): { path: string; text: string }[] {
  const own = Array.from({ length: ownPolicies }, (_, number) => ownPolicy(number)).join('\n');
  return [
    { path: 'policies/everybody.cedar', text: EVERYBODY },
    { path: 'policies/own.cedar', text: own },
  ];
}

function workspace(): object[] {
  return [
    { kind: 'Workspace', name: 'default', owner: 'maya@example.com' },
    { kind: 'Secret', name: 'mock-key', from: { env: SECRET_ENV } },
    { kind: 'Budget', name: 'house', for: { workspace: true }, caps: [{ per: 'month', usd: MUCH_USD }] },
  ];
}

function upstreams({ upstreamPort: port, should }: FleetOptions): object[] {
  const target = {
    provider: 'mock',
    api: 'openai',
    model: 'mock-small',
    baseUrl: `http://127.0.0.1:${port}/v1`,
    credential: 'mock-key',
    price: { input: 0.25, output: 2, cacheRead: 0.025 },
  };
  return [
    { kind: 'Model', name: MODEL, targets: [target], maxOutputTokens: 512 },
    {
      kind: 'ToolServer',
      name: TOOL_SERVER,
      transport: { http: `http://127.0.0.1:${port}/mcp` },
      privateNetwork: true,
      ...(should === true ? { trust: 'untrusted' } : {}),
      tools: {
        [TOOL]: {
          effect: 'write',
          subject: 'args.title',
          costUsd: 0.001,
          ...(should === true ? { deciding: ['args.title', 'args.text'] } : {}),
        },
        ...(should === true ? Object.fromEntries(quietTools().map((name) => [name, { effect: 'write' }])) : {}),
      },
    },
  ];
}

function agent(number: number): object {
  return {
    kind: 'Agent',
    name: agentName(number),
    owner: 'maya@example.com',
    purpose: 'Answers questions about orders',
    tools: [`${TOOL_SERVER}.*`],
    models: [MODEL],
    limits: {
      toolCallsPerRun: OFTEN,
      toolCallsPerMinute: OFTEN,
      modelCallsPerRun: OFTEN,
      modelCallsPerMinute: OFTEN,
      retriesPerCall: OFTEN,
      wallClockPerRun: '12h',
    },
    budgets: [
      { per: 'day', usd: MUCH_USD },
      { per: 'day', tokens: OFTEN * 1_000 },
      { per: 'hour', calls: OFTEN },
    ],
  };
}

const EVERYBODY = `
@id("calm-only")
forbid (principal, action, resource) when { context.risk >= 90 };

@id("notes-in-order")
permit (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"${TOOL_SERVER}.${TOOL}")
when { context.args.title like "order *" && context.effect == "write" };

@id("no-night-shift")
forbid (principal, action == Reeve::Action::"generate", resource) when { context.hour > 23 || context.labels.contains("private:payments") };
`;

/** Reads context, so that no decision can be remembered. */
function ownPolicy(number: number): string {
  return `@id("own-${number}")
permit (principal == Reeve::Agent::"${agentName(number)}", action == Reeve::Action::"generate", resource == Reeve::Model::"${MODEL}")
when { context.risk < ${50 + (number % 40)} };`;
}

const GUARDRAILS = {
  kind: 'Guardrails',
  name: 'house',
  checks: [
    { check: 'secrets', on: ['input', 'output', 'arguments', 'result'], action: 'deny' },
    { check: 'credit-card', on: ['input', 'output'], action: 'redact' },
    { check: 'prompt-injection', on: ['input', 'result'], action: 'deny' },
    { check: 'hidden-unicode', on: ['input', 'arguments', 'result'], action: 'deny' },
  ],
};

/** YAML takes JSON, one document after the other. */
function documents(objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}
