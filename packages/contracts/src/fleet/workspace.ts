import { z } from 'zod';
import { TAGS } from '../action.ts';
import { API_SHAPES, priceSchema } from './model.ts';
import { durationSchema, emailSchema, nameSchema } from './shared.ts';

export const workspaceSchema = z.strictObject({
  kind: z.literal('Workspace'),
  name: nameSchema,
  owner: emailSchema.optional(),
  timeZone: z.string().default('UTC').describe('IANA name; days and months of budgets turn at its midnight.'),
  mode: z
    .enum(['enforce', 'shadow'])
    .optional()
    .describe('shadow: agents propose and nothing is executed but reads and model calls. Default: enforce.'),
  providers: z
    .record(
      nameSchema,
      z.strictObject({
        api: z.enum(API_SHAPES).optional(),
        baseUrl: z.url().optional(),
        credential: nameSchema.optional(),
      }),
    )
    .default({})
    .describe('Lets `provider/model` be called without a Model object.'),
  prices: z
    .array(
      z.strictObject({
        model: z.string().describe('provider/model, or provider/* for all of one provider.'),
        price: priceSchema,
      }),
    )
    .max(1_000)
    .default([])
    .describe('Wins over the price library; the first match counts.'),
  requireTags: z.array(z.enum(TAGS)).max(5).default([]),
  maxOutputTokens: z
    .number()
    .int()
    .positive()
    .default(4_096)
    .describe('Injected into calls of `provider/model` that set no limit.'),
  retention: z.strictObject({ payloads: durationSchema.default('7d') }).default({ payloads: '7d' }),
});
export type Workspace = z.infer<typeof workspaceSchema>;
