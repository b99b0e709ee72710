import { z } from 'zod';
import { TAGS } from '../action.ts';
import {
  capSchema,
  dateSchema,
  durationSchema,
  emailSchema,
  modelPatternSchema,
  nameSchema,
  toolPatternSchema,
} from './shared.ts';

export const agentSchema = z.strictObject({
  kind: z.literal('Agent'),
  name: nameSchema,
  description: z.string().max(2_000).optional(),
  owner: emailSchema.describe('A person, not a team.'),
  sponsor: emailSchema.optional(),
  purpose: z.string().min(1).max(2_000),
  trigger: z.enum(['cron', 'webhook', 'user', 'event', 'chained']).default('user'),
  runtime: z
    .strictObject({ framework: z.string().optional(), vendor: z.string().optional(), version: z.string().optional() })
    .optional(),
  risk: z.enum(['low', 'medium', 'high', 'critical']).default('medium'),
  autonomy: z.enum(['shadow', 'supervised', 'pilot', 'autopilot']).default('supervised'),
  state: z.enum(['draft', 'active', 'suspended', 'retired']).default('active'),
  tools: z
    .array(toolPatternSchema)
    .max(1_000)
    .default([])
    .describe('Upper bound of what it may call; policies decide within it.'),
  models: z.array(modelPatternSchema).max(200).default([]),
  data: z
    .array(z.strictObject({ source: z.string(), access: z.enum(['read', 'write']) }))
    .max(200)
    .default([]),
  limits: z
    .strictObject({
      toolCallsPerRun: z.number().int().positive().optional(),
      toolCallsPerMinute: z.number().int().positive().optional(),
      modelCallsPerRun: z.number().int().positive().optional(),
      modelCallsPerMinute: z.number().int().positive().optional(),
      retriesPerCall: z.number().int().nonnegative().optional().describe('Identical calls in one run after the first.'),
      wallClockPerRun: durationSchema.optional(),
    })
    .default({}),
  budgets: z.array(capSchema).max(20).default([]),
  requireTags: z.array(z.enum(TAGS)).max(5).default([]),
  guardrails: z
    .array(nameSchema)
    .max(20)
    .default([])
    .describe('Guardrails objects that apply besides those that name this agent.'),
  rollback: z.strictObject({ procedure: z.string(), rehearsed: dateSchema.optional() }).optional(),
  reviewed: z.strictObject({ at: dateSchema, every: durationSchema }).optional(),
});

export type Agent = z.infer<typeof agentSchema>;
