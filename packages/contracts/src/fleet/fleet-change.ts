import { z } from 'zod';

export const MAX_FLEET_FILES = 20_000;

/** A fleet directory as text: YAML files anywhere in it, and `policies/*.cedar`. One source describes one workspace. */
export const fleetSourceSchema = z.strictObject({
  files: z.array(z.strictObject({ path: z.string().min(1).max(300), text: z.string() })).max(MAX_FLEET_FILES),
});
export type FleetSource = z.infer<typeof fleetSourceSchema>;

/** What is wrong with a source, where, and what would be right. Lines and columns count from 1. */
export const locatedProblemSchema = z.object({
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  message: z.string(),
});
export type LocatedProblem = z.infer<typeof locatedProblemSchema>;

const fieldChangeSchema = z.object({
  path: z.string().describe('Within the object, e.g. limits.toolCallsPerRun or targets[0].model.'),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type FieldChange = z.infer<typeof fieldChangeSchema>;

const objectChangeSchema = z.object({
  change: z.enum(['added', 'changed', 'removed']),
  kind: z.string().describe('A kind of object, or Policy.'),
  name: z.string(),
  fields: z.array(fieldChangeSchema).describe('Only of changed objects.'),
});
export type ObjectChange = z.infer<typeof objectChangeSchema>;

/** One agent's permission that an apply changes. */
const accessChangeSchema = z.object({
  change: z.enum(['gained', 'lost', 'changed']),
  agent: z.string(),
  action: z.string().describe('call or generate.'),
  resource: z.string().describe('server.tool, or a model.'),
  before: z.string().optional().describe('The conditions before, where there were any.'),
  after: z.string().optional(),
});
export type AccessChange = z.infer<typeof accessChangeSchema>;

export const fleetPlanSchema = z.object({
  workspace: z.string(),
  version: z.string().describe('What the source hashes to.'),
  previous: z.string().nullable().describe('The version in force.'),
  changes: z.array(objectChangeSchema),
  access: z.array(accessChangeSchema),
  problems: z.array(locatedProblemSchema).describe('Not empty: apply would refuse.'),
});
export type FleetPlan = z.infer<typeof fleetPlanSchema>;

export const fleetAppliedSchema = z.object({
  workspace: z.string(),
  version: z.string(),
  previous: z.string().nullable(),
  changed: z.boolean().describe('false: this version was in force already, and nothing was done.'),
  changes: z.array(objectChangeSchema),
});
export type FleetApplied = z.infer<typeof fleetAppliedSchema>;

export const fleetVersionSchema = z.object({
  version: z.string(),
  previous: z.string().nullable(),
  change: z.enum(['applied', 'rolled-back']),
  appliedAtMs: z.number().int(),
  appliedBy: z.string(),
  objects: z.number().int(),
  current: z.boolean(),
});
export type FleetVersion = z.infer<typeof fleetVersionSchema>;
