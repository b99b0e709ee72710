/** `n` of `of`; the interval holds 95 of 100 resamples of the user tasks. */
export interface Figure {
  readonly n: number;
  readonly of: number;
  readonly rate: number;
  readonly interval?: readonly [number, number];
}

export const MEASURES = ['attacksStopped', 'benignRunsHeld', 'benignWritesHeld', 'resistedRunsHeld'] as const;
export type Measure = (typeof MEASURES)[number];
export type Figures = Readonly<Record<Measure, Figure>>;

interface Count {
  n: number;
  of: number;
}

const RESAMPLES = 2_000;
const SEED = 20_261_120;

/** Counts by user task, so that an interval can be had by resampling tasks: many runs repeat the same few. */
export class Score {
  readonly #counts = new Map<string, Map<string, Record<Measure, Count>>>();

  add(suite: string, userTask: string, measure: Measure, n: number, of: number): void {
    const tasks = this.#counts.get(suite) ?? new Map<string, Record<Measure, Count>>();
    this.#counts.set(suite, tasks);
    const counts = tasks.get(userTask) ?? empty();
    tasks.set(userTask, counts);
    counts[measure].n += n;
    counts[measure].of += of;
  }

  get suites(): string[] {
    return [...this.#counts.keys()].sort();
  }

  of(suites: readonly string[]): Figures {
    const tasks = suites.flatMap((suite) => [...(this.#counts.get(suite)?.values() ?? [])]);
    const pairs = MEASURES.map((measure) => [measure, figure(tasks.map((task) => task[measure]))] as const);
    return Object.fromEntries(pairs) as Record<Measure, Figure>;
  }
}

function figure(all: readonly Count[]): Figure {
  const counts = all.filter(({ of }) => of > 0);
  const n = sum(counts, 'n');
  const of = sum(counts, 'of');
  if (of === 0) return { n, of, rate: 0 };
  return { n, of, rate: n / of, interval: interval(counts) };
}

function interval(counts: readonly Count[]): [number, number] {
  const random = seeded(SEED);
  const rates = Array.from({ length: RESAMPLES }, () => {
    let n = 0;
    let of = 0;
    for (let drawn = 0; drawn < counts.length; drawn += 1) {
      const count = counts[Math.floor(random() * counts.length)];
      n += count?.n ?? 0;
      of += count?.of ?? 0;
    }
    return n / of;
  }).sort((a, b) => a - b);
  return [rates[Math.floor(RESAMPLES * 0.025)] ?? 0, rates[Math.floor(RESAMPLES * 0.975)] ?? 0];
}

function sum(counts: readonly Count[], key: keyof Count): number {
  return counts.reduce((total, count) => total + count[key], 0);
}

function empty(): Record<Measure, Count> {
  const pairs = MEASURES.map((measure) => [measure, { n: 0, of: 0 }] as const);
  return Object.fromEntries(pairs) as Record<Measure, Count>;
}

/** Mulberry32: the same draws on every machine. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
