/** Bits per character of text: words are about five letters long, and repeat. */
const BITS_PER_CHAR = 1;
const MIN_BITS = 1_024;

/** Says for sure that a word does not stand in a text; that it does may be a mistake. Many sources are passed over without a look. */
export class WordFilter {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  constructor(text: string) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(MIN_BITS, text.length * BITS_PER_CHAR)));
    this.#bits = new Uint32Array(size / 32);
    this.#mask = size - 1;
    let hash = SEED;
    for (let index = 0; index <= text.length; index += 1) {
      const code = index === text.length ? SPACE : text.charCodeAt(index);
      if (isLetterOrDigit(code)) hash = mixed(hash, code);
      else if (hash !== SEED) {
        this.#set(hash);
        hash = SEED;
      }
    }
  }

  /** Whether the first word of a normalised text may stand in it. */
  mayHold(text: string): boolean {
    let hash = SEED;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (isLetterOrDigit(code)) hash = mixed(hash, code);
      else if (hash !== SEED) break;
    }
    return hash === SEED || this.#has(hash);
  }

  #set(hash: number): void {
    const bit = hash & this.#mask;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  #has(hash: number): boolean {
    const bit = hash & this.#mask;
    return ((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }
}

const SEED = 0x811c9dc5 | 0;
const SPACE = 32;

function mixed(hash: number, code: number): number {
  const next = Math.imul(hash ^ code, 0x01000193);
  return next ^ (next >>> 15);
}

/** As a whole word is told from a part of one: see `findWhole`. */
export function isLetterOrDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code > 0x17f;
}
