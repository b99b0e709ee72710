import type { ModelTarget, Workspace } from '@reeve/contracts';
import { libraryRates } from './price-library.ts';
import { type Rates, ratesOfPrice } from './rates.ts';

/** Prices of some models change with the date or the hour: what the library said is asked again after this time. */
const RECHECK_MS = 60_000;

/** The price of one target: its own, else the workspace's table, else the library's. */
export class PriceSource {
  readonly #provider: string;
  readonly #model: string;
  readonly #fixed: Rates | undefined;
  #found: Rates | undefined;
  #foundAtMs = Number.NEGATIVE_INFINITY;

  constructor(target: Pick<ModelTarget, 'provider' | 'model' | 'price'>, prices: Workspace['prices']) {
    this.#provider = target.provider;
    this.#model = target.model;
    this.#fixed = fixedRates(target, prices);
  }

  /** Undefined where the price is unknown, which is not zero. */
  at(nowMs: number): Rates | undefined {
    if (this.#fixed !== undefined) return this.#fixed;
    if (nowMs - this.#foundAtMs >= RECHECK_MS) {
      this.#found = libraryRates(this.#provider, this.#model, new Date(nowMs));
      this.#foundAtMs = nowMs;
    }
    return this.#found;
  }
}

function fixedRates(
  target: Pick<ModelTarget, 'provider' | 'model' | 'price'>,
  prices: Workspace['prices'],
): Rates | undefined {
  if (target.price !== undefined) return ratesOfPrice(target.price, 'target');
  const names = [`${target.provider}/${target.model}`, `${target.provider}/*`];
  const entry = prices.find((candidate) => names.includes(candidate.model));
  return entry === undefined ? undefined : ratesOfPrice(entry.price, 'workspace');
}
