import { z } from 'zod';
import { EFFECTS } from '../action.ts';
import { durationSchema, nameSchema } from './shared.ts';

const verdictSchema = z.enum(['allow', 'hold', 'deny']);
const argsSchema = z.record(z.string(), z.unknown());
const timeSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/, 'a time such as 2026-11-02T14:30')
  .describe('Without an offset: in the time zone of the workspace. Default: 2026-11-02T12:00, a Monday.');
const toolSchema = z.string().min(3).max(300).describe('server.tool');
const modelSchema = z.string().min(1).max(300).describe('A Model, or provider/model.');

const baselineSchema = z.strictObject({ mean: z.number(), spread: z.number().nonnegative(), n: z.number().int() });

/** A call that was made before the one that is judged. */
const earlierSchema = z.strictObject({
  agent: nameSchema.optional().describe('Default: of the case.'),
  tool: toolSchema.optional(),
  args: argsSchema.optional().describe('Default: of the case.'),
  ago: durationSchema,
  times: z.number().int().min(1).max(1_000).default(1),
});

const caseSchema = z.strictObject({
  name: z.string().min(1).max(200),
  agent: nameSchema.optional(),
  tool: toolSchema.optional(),
  model: modelSchema.optional(),
  args: argsSchema.optional(),
  effect: z.enum(EFFECTS).optional().describe('Of a tool that nobody declared. Default: write.'),
  risk: z.number().min(0).max(100).optional().describe('Given: rules of risk are not asked.'),
  signals: z
    .record(z.string(), z.union([z.number(), z.null(), baselineSchema]))
    .optional()
    .describe(
      'What signals are, in the place of what they would count: by name, or rules/name. Null: nothing happened yet.',
    ),
  newAgent: z.boolean().default(false).describe('Whether the agent has no history yet, so that thresholds are strict.'),
  labels: z.array(z.string().max(200)).max(50).optional().describe('What the run took in, e.g. untrusted.'),
  time: timeSchema.optional(),
  user: z.string().max(200).optional(),
  feature: z.string().max(200).optional(),
  reason: z.string().max(2_000).optional(),
  history: z.array(earlierSchema).max(200).optional().describe('Calls that were made before it.'),
  expect: verdictSchema,
  rule: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe('Policies or rules that must have decided.'),
  waitsFor: z.enum(['person', 'facts']).optional(),
  message: z.string().min(1).max(500).optional().describe('What the caller is told contains this.'),
  wouldBe: verdictSchema.optional().describe('What policies or rules in dry-run would have made of it.'),
});

/** Cases beside policies: `policies/*.test.yaml`. What stands above `cases` holds for each that does not say otherwise. */
export const policyTestSchema = z.strictObject({
  agent: nameSchema.optional(),
  tool: toolSchema.optional(),
  model: modelSchema.optional(),
  time: timeSchema.optional(),
  labels: z.array(z.string().max(200)).max(50).optional(),
  cases: z.array(caseSchema).min(1).max(1_000),
});

export type PolicyTest = z.output<typeof policyTestSchema>;
export type PolicyTestCase = PolicyTest['cases'][number];
