import type { NanoUsd, Price, Usage } from '@reeve/contracts';

/** One set of prices: nano-dollars per thousand tokens, so that even cents per billion tokens are whole numbers. */
export interface RateCard {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
  readonly output: number;
}

/** Prices of a model. A tier whose input is exceeded prices the whole request. */
export interface Rates {
  /** Where they come from: `target`, `workspace`, or the library with its version. */
  readonly source: string;
  /** False where no price of output is known: then only calls without output are priced. */
  readonly pricesOutput: boolean;
  readonly base: RateCard;
  /** By rising `above`. */
  readonly tiers: readonly { readonly above: number; readonly card: RateCard }[];
}

const NANO_PER_KILO = 1_000_000;
const KILO = 1_000;

/** Dollars per million tokens as nano-dollars per thousand. */
export function perKilo(usdPerMillion: number): number {
  return Math.ceil(usdPerMillion * NANO_PER_KILO - 1e-6);
}

export function ratesOfPrice(price: Price, source: string): Rates {
  const input = perKilo(price.input);
  const cacheWrite = price.cacheWrite === undefined ? input : perKilo(price.cacheWrite);
  return {
    source,
    pricesOutput: true,
    base: {
      input,
      cacheRead: price.cacheRead === undefined ? input : perKilo(price.cacheRead),
      cacheWrite,
      cacheWrite1h: cacheWrite,
      output: perKilo(price.output),
    },
    tiers: [],
  };
}

function cardFor(rates: Rates, inputTokens: number): RateCard {
  let card = rates.base;
  for (const tier of rates.tiers) if (inputTokens > tier.above) card = tier.card;
  return card;
}

export function costOf(usage: Usage, rates: Rates): NanoUsd {
  const card = cardFor(rates, usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens);
  const written1h = Math.min(usage.cacheWrite1hTokens, usage.cacheWriteTokens);
  const nanoKilos =
    usage.inputTokens * card.input +
    usage.cacheReadTokens * card.cacheRead +
    (usage.cacheWriteTokens - written1h) * card.cacheWrite +
    written1h * card.cacheWrite1h +
    usage.outputTokens * card.output;
  return Math.ceil(nanoKilos / KILO);
}

/** The most that so many tokens can cost, however they are cached. */
export function worstCostOf(inputTokens: number, outputTokens: number, rates: Rates): NanoUsd {
  const card = cardFor(rates, inputTokens);
  const dearest = Math.max(card.input, card.cacheRead, card.cacheWrite, card.cacheWrite1h);
  return Math.ceil((inputTokens * dearest + outputTokens * card.output) / KILO);
}
