const EVERY = 2_000;

/** A line on standard error that says how far it is, where somebody looks at it. */
export class Progress {
  readonly #total: number;
  readonly #quiet: boolean;
  #done = 0;

  constructor(total: number, quiet: boolean) {
    this.#total = total;
    this.#quiet = quiet;
  }

  step(): void {
    this.#done += 1;
    if (!this.#quiet && this.#done % EVERY === 0) process.stderr.write(`\r${this.#done} of ${this.#total} runs`);
  }

  end(): void {
    if (!this.#quiet) process.stderr.write('\r'.padEnd(30).concat('\r'));
  }
}
