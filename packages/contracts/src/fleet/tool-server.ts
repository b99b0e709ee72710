import { z } from 'zod';
import { EFFECTS } from '../action.ts';
import { durationSchema, nameSchema, toolNameSchema } from './shared.ts';

const reversibleSchema = z.union([
  z.literal('irreversible'),
  z.strictObject({
    within: durationSchema.optional(),
    by: z.string().describe('The tool that undoes it, as server.tool.'),
    args: z.record(z.string(), z.string()).default({}).describe('CEL over args and result.'),
  }),
]);

export const toolSchema = z.strictObject({
  description: z.string().max(10_000).optional(),
  effect: z.enum(EFFECTS).default('write'),
  labels: z.array(z.string()).max(20).default([]),
  trust: z.enum(['trusted', 'untrusted']).optional(),
  reversible: reversibleSchema.optional(),
  amount: z.string().optional().describe('CEL over args: the amount of money at stake, as a double.'),
  subject: z.string().optional().describe('CEL over args: what the action is about.'),
  destination: z.string().optional().describe('CEL over args: where it goes.'),
  deciding: z
    .array(z.string().regex(/^args(\.[A-Za-z0-9_-]+)+$/, 'a path such as args.to'))
    .max(50)
    .optional()
    .describe('Arguments that decide what happens: their origin is checked. Default: by effect and schema.'),
  sideEffect: z.string().optional().describe('CEL over args and result: the id recorded for forensic queries.'),
  costUsd: z.number().nonnegative().max(1_000_000).optional(),
  idempotent: z.boolean().default(false),
  timeout: durationSchema.optional(),
  inputSchema: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('JSON Schema 2020-12 of the arguments (HTTP tools; MCP servers bring their own).'),
  request: z
    .strictObject({
      method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
      path: z.string().describe('Path below the api base, with {placeholders} filled from args.'),
      query: z.array(z.string()).default([]).describe('Arguments sent as query parameters.'),
      headers: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
});

export const toolServerSchema = z.strictObject({
  kind: z.literal('ToolServer'),
  name: nameSchema,
  description: z.string().max(2_000).optional(),
  transport: z.union([
    z.strictObject({ http: z.url(), headers: z.record(z.string(), z.string()).default({}) }),
    z.strictObject({
      stdio: z.array(z.string()).min(1).max(100),
      env: z
        .record(z.string(), z.string())
        .default({})
        .describe('Plain values only; a secret comes through `credential`.'),
      cwd: z.string().optional(),
    }),
    z.strictObject({ api: z.url().describe('Base URL of an HTTP API whose operations are the tools below.') }),
    z.strictObject({
      local: z
        .literal(true)
        .describe("The tools below run inside the agent's own process, through guard() of @reeve/sdk."),
    }),
  ]),
  credential: nameSchema.optional().describe('A Secret; sent upstream only, never shown to the agent.'),
  credentialAs: z
    .union([z.literal('bearer'), z.strictObject({ header: z.string() }), z.strictObject({ env: z.string() })])
    .optional()
    .describe('Default: bearer over HTTP, environment variable REEVE_CREDENTIAL over stdio.'),
  trust: z.enum(['trusted', 'untrusted']).default('trusted').describe('untrusted labels its output.'),
  privateNetwork: z.boolean().default(false).describe('Allows loopback and private addresses as destination.'),
  destinations: z
    .array(z.string())
    .max(200)
    .default([])
    .describe(
      'Hosts that its HTTP tools may reach, e.g. api.example.com or *.example.com. Default: the host of its api.',
    ),
  pin: z
    .enum(['first-use', 'review'])
    .default('first-use')
    .describe('Whether a tool seen for the first time may be called before a person approved its definition.'),
  tools: z.record(toolNameSchema, toolSchema).default({}),
});

export type ToolServer = z.infer<typeof toolServerSchema>;
export type ToolDeclaration = z.infer<typeof toolSchema>;

/** Whether it has only the tools that are declared. An MCP server may offer more than anybody wrote down. */
export function hasOnlyDeclaredTools({ transport }: Pick<ToolServer, 'transport'>): boolean {
  return 'api' in transport || 'local' in transport;
}
