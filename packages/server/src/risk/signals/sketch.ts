/** HyperLogLog: how many different digests there were, in 2 KB, with a standard error of 1.04 / sqrt(2048) = 2.3 %. */
const INDEX_BITS = 11;
const REGISTERS = 1 << INDEX_BITS;
/** Digests have 52 bits; what the index leaves is ranked by its leading zeros. */
const RANK_BITS = 52 - INDEX_BITS;

export class Sketch {
  readonly #registers: Uint8Array;

  constructor(registers: Uint8Array = new Uint8Array(REGISTERS)) {
    if (registers.length !== REGISTERS) throw new Error(`a sketch has ${REGISTERS} registers`);
    this.#registers = registers;
  }

  static fromText(text: string): Sketch {
    return new Sketch(new Uint8Array(Buffer.from(text, 'base64')));
  }

  toText(): string {
    return Buffer.from(this.#registers).toString('base64');
  }

  copy(): Sketch {
    return new Sketch(this.#registers.slice());
  }

  add(digest: number): void {
    const index = digest % REGISTERS;
    const rank = RANK_BITS + 1 - bitLength(Math.floor(digest / REGISTERS));
    if (rank > (this.#registers[index] ?? 0)) this.#registers[index] = rank;
  }

  merge(other: Sketch): void {
    for (let index = 0; index < REGISTERS; index++) {
      const rank = other.#registers[index] ?? 0;
      if (rank > (this.#registers[index] ?? 0)) this.#registers[index] = rank;
    }
  }

  /** Ertl's estimator (arXiv 1702.01284, algorithm 6): without bias from few values to many. */
  estimate(): number {
    const counts = new Uint32Array(RANK_BITS + 2);
    for (const rank of this.#registers) counts[rank] = (counts[rank] ?? 0) + 1;
    let z = REGISTERS * tau(1 - (counts[RANK_BITS + 1] ?? 0) / REGISTERS);
    for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] ?? 0));
    z += REGISTERS * sigma((counts[0] ?? 0) / REGISTERS);
    return REGISTERS ** 2 / (2 * Math.LN2 * z);
  }
}

function bitLength(value: number): number {
  const high = Math.floor(value / 2 ** 32);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(value >>> 0);
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = x;
  for (let before = Number.NaN; z !== before; y += y) {
    x *= x;
    before = z;
    z += x * y;
  }
  return z;
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (let before = Number.NaN; z !== before; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
