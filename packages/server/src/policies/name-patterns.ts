/** `stripe.refund`, `stripe.list_*`, `stripe.*` and `*`, compiled once per agent. A star stands only at the end. */
export class NamePatterns {
  readonly #exact = new Set<string>();
  /** Prefixes by length, so that a look-up costs one hash per distinct length. */
  readonly #prefixes = new Map<number, Set<string>>();
  readonly patterns: readonly string[];

  constructor(patterns: readonly string[]) {
    this.patterns = patterns;
    for (const pattern of patterns) {
      if (!pattern.endsWith('*')) {
        this.#exact.add(pattern);
        continue;
      }
      const prefix = pattern.slice(0, -1);
      const sameLength = this.#prefixes.get(prefix.length) ?? new Set();
      this.#prefixes.set(prefix.length, sameLength.add(prefix));
    }
  }

  matches(name: string): boolean {
    if (this.#exact.has(name)) return true;
    for (const [length, prefixes] of this.#prefixes) {
      if (prefixes.has(name.slice(0, length))) return true;
    }
    return false;
  }

  /** Names that are listed without a star. */
  exact(): Iterable<string> {
    return this.#exact;
  }
}
