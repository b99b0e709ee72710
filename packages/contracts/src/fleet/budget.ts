import { z } from 'zod';
import { capSchema, nameSchema } from './shared.ts';

export const budgetSchema = z.strictObject({
  kind: z.literal('Budget'),
  name: nameSchema,
  for: z
    .union([
      z.strictObject({ workspace: z.literal(true) }),
      z.strictObject({ agent: z.string() }),
      z.strictObject({ feature: z.string() }),
      z.strictObject({ user: z.string() }),
    ])
    .describe('Whose spend it caps. `*` means a cap of its own for each value.'),
  caps: z.array(capSchema).min(1).max(20),
  tell: z
    .array(z.string())
    .max(10)
    .default([])
    .describe('E-mail addresses told when a cap is reached, besides the owner.'),
});
export type Budget = z.infer<typeof budgetSchema>;
