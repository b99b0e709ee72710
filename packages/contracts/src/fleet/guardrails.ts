import { z } from 'zod';
import { nameSchema } from './shared.ts';

export const GUARDRAIL_ACTIONS = ['deny', 'redact', 'hold', 'flag'] as const;
export const GUARDRAIL_PLACES = ['input', 'output', 'arguments', 'result'] as const;

export const guardrailsSchema = z.strictObject({
  kind: z.literal('Guardrails'),
  name: nameSchema,
  agents: z
    .array(z.string())
    .max(1_000)
    .default(['*'])
    .describe('Agents it applies to: names, prefixes such as support-*, or *.'),
  checks: z
    .array(
      z.strictObject({
        check: z.string().describe('A check of the catalogue; `reeve guardrails list` shows them.'),
        on: z
          .array(z.enum(GUARDRAIL_PLACES))
          .min(1)
          .default([...GUARDRAIL_PLACES])
          .describe('input and output of models, arguments and results of tools.'),
        action: z.enum(GUARDRAIL_ACTIONS).default('deny'),
        config: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .min(1)
    .max(100),
});
export type Guardrails = z.infer<typeof guardrailsSchema>;
export type GuardrailAction = (typeof GUARDRAIL_ACTIONS)[number];
export type GuardrailPlace = (typeof GUARDRAIL_PLACES)[number];
