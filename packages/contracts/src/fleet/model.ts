import { z } from 'zod';
import { durationSchema, nameSchema } from './shared.ts';

export const API_SHAPES = ['openai', 'anthropic', 'gemini'] as const;
export type ApiShape = (typeof API_SHAPES)[number];

/** Dollars per million tokens. */
export const priceSchema = z.strictObject({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cacheRead: z.number().nonnegative().optional().describe('Default: the input price.'),
  cacheWrite: z.number().nonnegative().optional().describe('Default: the input price.'),
});
export type Price = z.infer<typeof priceSchema>;

export const modelTargetSchema = z.strictObject({
  provider: nameSchema,
  model: z.string().min(1).max(200),
  api: z
    .enum(API_SHAPES)
    .optional()
    .describe('The wire it speaks; known for openai, anthropic and gemini, needed for others.'),
  baseUrl: z.url().optional(),
  credential: nameSchema.optional(),
  weight: z.number().positive().default(1),
  price: priceSchema.optional(),
});
export type ModelTarget = z.infer<typeof modelTargetSchema>;

export const modelSchema = z.strictObject({
  kind: z.literal('Model'),
  name: nameSchema,
  strategy: z.enum(['fallback', 'weighted', 'least-latency']).default('fallback'),
  targets: z.array(modelTargetSchema).min(1).max(20),
  retry: z
    .strictObject({
      attempts: z.number().int().min(0).max(10).default(1).describe('Further attempts on the same target.'),
      on: z
        .array(z.union([z.number().int(), z.enum(['429', '5xx', 'timeout', 'connect'])]))
        .default([429, '5xx', 'timeout', 'connect']),
    })
    .default({ attempts: 1, on: [429, '5xx', 'timeout', 'connect'] }),
  timeout: durationSchema.default('60s').describe('Until the first byte, and between two chunks of a stream.'),
  circuit: z
    .strictObject({ failures: z.number().int().positive().default(5), cooldown: durationSchema.default('30s') })
    .default({ failures: 5, cooldown: '30s' }),
  maxOutputTokens: z
    .number()
    .int()
    .positive()
    .default(4_096)
    .describe('Injected where the caller sets no limit, so that a reservation bounds the spend.'),
});
export type Model = z.infer<typeof modelSchema>;
