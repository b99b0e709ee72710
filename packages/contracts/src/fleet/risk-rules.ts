import { z } from 'zod';
import { EFFECTS } from '../action.ts';
import { durationSchema, modelPatternSchema, nameSchema, toolPatternSchema } from './shared.ts';

export const AGGREGATES = [
  'count',
  'sum',
  'distinct',
  'first_seen',
  'first',
  'last',
  'min',
  'max',
  'rate',
  'baseline',
] as const;

const variableName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'a name for expressions: 1 to 63 of a-z 0-9 _, starting with a letter');
const ruleId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'an id: 1 to 63 of a-z 0-9 _ -');
const celSchema = z.string().min(1).max(2_000);
const scoreSchema = z.number().min(0).max(100);
const verdictSchema = z.enum(['hold', 'deny']);

const signalSchema = z.strictObject({
  name: variableName,
  on: z.union([toolPatternSchema, z.array(toolPatternSchema).min(1).max(50)]).describe('Calls of which tools it sees.'),
  where: celSchema.optional().describe('CEL over args and action: which of these calls.'),
  value: celSchema.optional().describe('CEL over args: the number, or for distinct the text, that is aggregated.'),
  aggregate: z.enum(AGGREGATES),
  by: z
    .array(z.string().max(200))
    .min(1)
    .max(6)
    .describe('Key: agent, run, lineage, user, workspace, or an argument such as args.vendor.'),
  window: durationSchema,
});

const ruleSchema = z.strictObject({
  id: ruleId,
  when: celSchema.describe('CEL over action, args, signals, agent, labels and time.'),
  score: scoreSchema.optional(),
  verdict: verdictSchema.optional().describe('Decides by itself, whatever the score.'),
  say: z.string().min(1).max(300).describe('In words, for approvers and for the record.'),
  alert: z.boolean().default(false),
  declassify: z
    .boolean()
    .default(false)
    .describe('Lets pass, on record, what only the origin of its values holds (docs/flow.md).'),
  stop: z.enum(['run', 'agent']).optional().describe('Stops it until a person resumes it.'),
  mode: z.enum(['enforce', 'dry-run']).default('enforce'),
});

const stepSchema = z.strictObject({
  tool: toolPatternSchema,
  agent: nameSchema.optional(),
  where: celSchema.optional(),
});

const sequenceSchema = z.strictObject({
  id: ruleId,
  within: durationSchema,
  across: z.enum(['agent', 'run', 'lineage', 'workspace']).default('run'),
  steps: z.array(stepSchema).min(2).max(10),
  join: celSchema.optional().describe('CEL over args: calls of one match give the same value.'),
  score: scoreSchema.optional(),
  verdict: verdictSchema.optional(),
  say: z.string().min(1).max(300).optional(),
  alert: z.boolean().default(false),
  mode: z.enum(['enforce', 'dry-run']).default('enforce'),
});

const scheduleSchema = z.strictObject({
  name: variableName,
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .max(7),
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 09:00'),
  to: z
    .string()
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time such as 18:00')
    .describe('Before `from`: on the next day. A day is the one on which it begins.'),
  timeZone: z.string().optional().describe('IANA name. Default: of the workspace.'),
});

const thresholdsSchema = z.strictObject({
  hold: scoreSchema.default(60),
  deny: scoreSchema.default(95),
  newAgents: z
    .strictObject({
      hold: scoreSchema.default(40),
      deny: scoreSchema.default(80),
      until: z.strictObject({
        actions: z.number().int().positive().default(50),
        days: z.number().positive().default(7),
      }),
    })
    .optional()
    .describe('In force until the agent has that much history without a refusal.'),
});

const secondOpinionSchema = z.strictObject({
  effects: z.array(z.enum(EFFECTS)).min(1).optional(),
  tools: z.array(toolPatternSchema).max(200).optional(),
  minRisk: scoreSchema.default(0),
  model: modelPatternSchema.describe('A Model of this fleet.'),
  instruction: z.string().max(4_000).optional(),
  timeout: durationSchema.default('5s'),
});

export const riskRulesSchema = z.strictObject({
  kind: z.literal('RiskRules'),
  name: nameSchema,
  description: z.string().max(2_000).optional(),
  agents: z.array(nameSchema).max(1_000).optional().describe('Whose actions are judged. Default: of all agents.'),
  mode: z.enum(['enforce', 'dry-run']).default('enforce').describe('dry-run records what it would have decided.'),
  signals: z.array(signalSchema).max(500).default([]),
  rules: z.array(ruleSchema).max(500).default([]),
  sequences: z.array(sequenceSchema).max(100).default([]),
  schedules: z.array(scheduleSchema).max(50).default([]),
  thresholds: thresholdsSchema.optional().describe('The strictest of all RiskRules that apply counts.'),
  secondOpinion: z.array(secondOpinionSchema).max(20).default([]),
});

export type RiskRules = z.infer<typeof riskRulesSchema>;
