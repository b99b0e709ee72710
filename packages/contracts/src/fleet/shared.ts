import { z } from 'zod';

export const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a name: 1 to 63 of a-z 0-9 . _ -, starting with a letter or digit');

export const emailSchema = z.string().regex(/^[^@\s]+@[^@\s]+$/, 'an e-mail address');

/** `90d`, `15m`, `60s`, `500ms`. */
export const durationSchema = z.string().regex(/^\d+(ms|s|m|h|d)$/, 'a duration such as 500ms, 60s, 15m, 24h or 90d');

/** ISO date; YAML 1.2 reads an unquoted one as text. */
export const dateSchema = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a date such as 2026-11-02');

/** What a server may call a tool: what MCP and model APIs allow, and `/`. */
export const toolNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_./-]{1,128}$/, 'a tool name: 1 to 128 of A-Z a-z 0-9 _ . / -');

/** `server.tool`, `server.*` or `*`. */
export const toolPatternSchema = z
  .string()
  .regex(
    /^(\*|[a-z0-9][a-z0-9._-]*\.(\*|[A-Za-z0-9_./-]+\*?))$/,
    'a tool such as stripe.refund, stripe.list_* or stripe.*',
  );

/** A Model name, `provider/model`, `provider/*` or `*`. */
export const modelPatternSchema = z
  .string()
  .regex(/^(\*|[A-Za-z0-9][A-Za-z0-9._:/-]*\*?)$/, 'a model such as small, openai/gpt-5-mini or openai/*');

export const capSchema = z
  .strictObject({
    per: z.enum(['run', 'minute', 'hour', 'day', 'month']),
    usd: z.number().nonnegative().max(9_000_000).optional(),
    tokens: z.number().int().nonnegative().optional(),
    calls: z.number().int().nonnegative().optional(),
  })
  .refine((cap) => [cap.usd, cap.tokens, cap.calls].filter((value) => value !== undefined).length === 1, {
    message: 'a cap has exactly one of usd, tokens, calls',
  });
export type Cap = z.infer<typeof capSchema>;

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export function durationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (match === null) throw new Error(`not a duration: ${text}`);
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}
