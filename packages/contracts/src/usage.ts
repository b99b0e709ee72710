/** Tokens of one model call. `inputTokens` excludes cached ones; `reasoningTokens` is part of `outputTokens`. */
export interface Usage {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** The part of `cacheWriteTokens` written with a one-hour lifetime. */
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** `reported` by the provider, or `estimated` because the stream ended before it said so. */
  readonly source: 'reported' | 'estimated';
}

/** Money is an integer of billionths of a dollar (1 USD = 1e9), so that sums are exact. */
export type NanoUsd = number;

export const NANO_PER_USD = 1_000_000_000;

export function usdToNano(usd: number): NanoUsd {
  return Math.round(usd * NANO_PER_USD);
}

/** Decimal dollars without trailing zeros, as replies and tables show them. */
export function formatUsd(nano: NanoUsd): string {
  const sign = nano < 0 ? '-' : '';
  const whole = Math.floor(Math.abs(nano) / NANO_PER_USD);
  const rest = String(Math.abs(nano) % NANO_PER_USD)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${whole}${rest === '' ? '' : `.${rest}`}`;
}
