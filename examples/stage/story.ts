import { isDeepStrictEqual } from 'node:util';

/** Lines that are printed, each with what was expected of it. */
export class Story {
  readonly #print: (line: string) => void;
  #failures = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get failures(): number {
    return this.#failures;
  }

  chapter(title: string): void {
    this.#print(`\n${title}`);
  }

  say(line: string): void {
    this.#print(`    ${line}`);
  }

  check(what: string, actual: unknown, expected: unknown): void {
    const same = expected instanceof RegExp ? expected.test(String(actual)) : isDeepStrictEqual(actual, expected);
    if (!same) this.#failures += 1;
    this.#print(`  ${same ? 'ok  ' : 'DIFF'} ${what}: ${show(actual)}${same ? '' : `, expected ${show(expected)}`}`);
  }
}

function show(value: unknown): string {
  return value instanceof RegExp || typeof value === 'string' ? String(value) : JSON.stringify(value);
}
