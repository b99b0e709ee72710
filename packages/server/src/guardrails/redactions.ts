const MAX_VALUES = 10_000;

/** Placeholders of one action: the same value gets the same one, `[email-1]`, and `restore` finds its way back. */
export class Redactions {
  readonly #byValue = new Map<string, string>();
  readonly #byPlaceholder = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  placeholder(noun: string, value: string): string {
    const key = `${noun} ${value}`;
    const known = this.#byValue.get(key);
    if (known !== undefined) return known;
    if (this.#byValue.size >= MAX_VALUES) return `[${noun}]`;
    const count = (this.#counts.get(noun) ?? 0) + 1;
    const placeholder = `[${noun}-${count}]`;
    this.#counts.set(noun, count);
    this.#byValue.set(key, placeholder);
    this.#byPlaceholder.set(placeholder, value);
    return placeholder;
  }

  /** The text that a placeholder stands for. */
  original(placeholder: string): string | undefined {
    return this.#byPlaceholder.get(placeholder);
  }
}
