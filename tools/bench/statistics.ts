/** Middle and extremes of repeated rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: percentile(sorted, 0.5), min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

export function median(values: readonly number[]): number {
  return spreadOf(values).median;
}

/** Of values in ascending order; the mean of the two neighbours where the rank falls between them. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const rank = share * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? Number.NaN;
  return low + (high - low) * (rank - Math.floor(rank));
}

/** Median, tail and number of one round's samples, in the unit of the samples. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

export function latencyOf(samples: readonly number[]): Latency {
  const sorted = Float64Array.from(samples).sort();
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), count: sorted.length };
}

/** What an arm adds to the base, round by round: rounds are neighbours in time, so a slow minute of the machine cancels out. */
export function addedPerRound(arm: readonly number[], base: readonly number[]): Spread {
  return spreadOf(arm.map((value, round) => value - (base[round] ?? Number.NaN)));
}

export function ratioPerRound(arm: readonly number[], base: readonly number[]): Spread {
  return spreadOf(arm.map((value, round) => value / (base[round] ?? Number.NaN)));
}
