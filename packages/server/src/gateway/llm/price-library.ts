import { calcPrice, findProvider, type ModelPrice } from '@pydantic/genai-prices';
import { perKilo, type RateCard, type Rates } from './rates.ts';

/** Pinned with the dependency: the library's tables are part of the package, nothing is fetched. */
const SOURCE = 'genai-prices';
const PROVIDER_IDS: Readonly<Record<string, string>> = { gemini: 'google' };

/** Prices of a model at a time, from the library's tables; undefined where it knows none. */
export function libraryRates(provider: string, model: string, at: Date): Rates | undefined {
  const id = PROVIDER_IDS[provider] ?? provider;
  const known = findProvider({ providerId: id });
  if (known === undefined || known.id !== id) return undefined;
  const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, { provider: known, timestamp: at });
  if (found === null || found.model_price.input_mtok === undefined) return undefined;
  return ratesOf(found.model_price);
}

function ratesOf(price: ModelPrice): Rates {
  const starts = new Set<number>();
  for (const rate of Object.values(price)) {
    if (typeof rate === 'object') for (const tier of rate.tiers) starts.add(tier.start);
  }
  const tiers = [...starts].sort((a, b) => a - b).map((above) => ({ above, card: cardAt(price, above) }));
  return { source: SOURCE, pricesOutput: price.output_mtok !== undefined, base: cardAt(price, -1), tiers };
}

function cardAt(price: ModelPrice, above: number): RateCard {
  const at = (name: string): number | undefined => {
    const rate = price[name];
    if (rate === undefined || typeof rate === 'number') return rate;
    let usd = rate.base;
    for (const tier of rate.tiers) if (tier.start <= above) usd = tier.price;
    return usd;
  };
  const input = at('input_mtok') ?? 0;
  const cacheWrite = at('cache_write_mtok') ?? input;
  return {
    input: perKilo(input),
    cacheRead: perKilo(at('cache_read_mtok') ?? input),
    cacheWrite: perKilo(cacheWrite),
    cacheWrite1h: perKilo(at('cache_write_1h_mtok') ?? cacheWrite),
    output: perKilo(at('output_mtok') ?? 0),
  };
}
