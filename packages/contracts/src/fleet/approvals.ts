import { z } from 'zod';
import { EFFECTS } from '../action.ts';
import { durationSchema, emailSchema, nameSchema, toolPatternSchema } from './shared.ts';

const channelSchema = z.union([
  z.strictObject({
    slack: z.strictObject({
      channel: z.string().min(1).max(100),
      token: nameSchema.describe('A Secret: the bot token.'),
      signingSecret: nameSchema.describe('A Secret: verifies clicks.'),
      people: z.record(z.string(), emailSchema).default({}).describe('Slack user ids and whose they are.'),
      baseUrl: z.url().optional().describe('Default: https://slack.com/api.'),
    }),
  }),
  z.strictObject({
    email: z.strictObject({
      to: z.array(emailSchema).min(1).max(50),
      from: emailSchema,
      smtp: z.url().describe('smtp://host:port or smtps://host:port.'),
      credential: nameSchema.optional().describe('A Secret: user:password.'),
    }),
  }),
  z.strictObject({
    webhook: z.strictObject({
      url: z.url(),
      secret: nameSchema.describe('A Secret: whsec_..., signs deliveries (Standard Webhooks).'),
      privateNetwork: z.boolean().default(false),
    }),
  }),
]);

export const approvalsSchema = z.strictObject({
  kind: z.literal('Approvals'),
  name: nameSchema,
  description: z.string().max(2_000).optional(),
  agents: z.array(nameSchema).max(1_000).optional().describe('Default: all agents.'),
  tools: z.array(toolPatternSchema).max(1_000).optional().describe('Default: all tools.'),
  effects: z.array(z.enum(EFFECTS)).min(1).optional().describe('Default: all effects.'),
  require: z
    .enum(['risky', 'irreversible', 'not-reversible', 'always'])
    .default('irreversible')
    .describe(
      'What waits for a person besides what policies, risk and flow hold: nothing more; tools declared irreversible or compensable only; also tools that declare nothing; every call that it covers.',
    ),
  approvers: z
    .array(emailSchema)
    .max(200)
    .default([])
    .describe('Who may decide. Default: every approver of the workspace.'),
  quorum: z.number().int().min(1).max(10).default(1).describe('How many different people must approve.'),
  separation: z
    .boolean()
    .default(true)
    .describe("The agent's owner and sponsor, and who asked for the run, may not approve."),
  expiry: durationSchema.default('1h').describe('Nobody answered: denied.'),
  escalate: z
    .array(z.strictObject({ after: durationSchema, to: z.array(emailSchema).min(1).max(50) }))
    .max(5)
    .default([]),
  hold: durationSchema
    .default('0s')
    .describe('How long a call with a progress token is kept open. With x-reeve-wait, the caller says how long.'),
  batch: durationSchema.default('0s').describe('Equal requests within it are asked as one.'),
  channels: z.array(channelSchema).max(10).default([]),
});

export type Approvals = z.infer<typeof approvalsSchema>;
