import { z } from 'zod';
import { nameSchema } from './shared.ts';

export const secretSchema = z.strictObject({
  kind: z.literal('Secret'),
  name: nameSchema,
  from: z
    .union([z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })])
    .describe('A reference, never a value.'),
});
export type Secret = z.infer<typeof secretSchema>;
