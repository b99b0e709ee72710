import { fold } from './fold.ts';
import { NormalText } from './normal-text.ts';
import { LOOKBEHIND_CHARS, ScanFailure, type ScannedText, type Scanner } from './scanner.ts';

/** Something found, in positions of the text as it was sent. */
export interface Hit {
  readonly start: number;
  readonly end: number;
  /** Which scanner, by its place in the list. */
  readonly scanner: number;
  readonly what: string;
  readonly noun: string;
  /** Set where the scanner gave no answer; then the hit is not content but the lack of a verdict. */
  readonly failure?: string;
}

/** Scans the text of one path as it grows. Hits come out once they are final, in the order of their start. */
export class PathScan {
  readonly #scanners: readonly Scanner[];
  readonly #settled: number[];
  readonly #normal: NormalText;
  readonly #needsNormal: boolean;
  readonly #needsRaw: boolean;
  #raw = '';
  #rawBase = 0;
  #rawLength = 0;
  #ended = false;
  #waiting: Hit[] = [];

  constructor(scanners: readonly Scanner[], escapes: boolean) {
    this.#scanners = scanners;
    this.#settled = scanners.map(() => 0);
    this.#normal = new NormalText(escapes);
    this.#needsNormal = scanners.some((scanner) => scanner.reads !== 'raw');
    this.#needsRaw = scanners.some((scanner) => scanner.reads === 'raw');
  }

  /** Where the text so far ends. */
  get length(): number {
    return this.#rawLength;
  }

  /** Everything that starts before this position is decided. */
  get horizon(): number {
    if (this.#ended) return this.#rawLength;
    let horizon = this.#rawLength;
    for (const [index, scanner] of this.#scanners.entries())
      horizon = Math.min(horizon, this.#rawPosition(scanner, this.#settled[index] ?? 0));
    return horizon;
  }

  append(piece: string, ended: boolean): readonly Hit[] {
    this.#rawLength += piece.length;
    this.#ended = ended;
    if (this.#needsRaw) this.#raw += piece;
    if (this.#needsNormal) this.#normal.append(piece, ended);
    for (const [index, scanner] of this.#scanners.entries()) this.#scan(index, scanner);
    this.#forget();
    return this.#final();
  }

  #scan(index: number, scanner: Scanner): void {
    const from = this.#settled[index] ?? 0;
    if (from === Number.POSITIVE_INFINITY) return;
    const scanned = this.#window(scanner, from);
    try {
      const settled = Math.max(from, scanned.offset + scanner.settled(scanned));
      if (settled === from && !this.#ended) return;
      for (const span of scanner.find(scanned)) {
        const decided = scanned.offset + (span.anchor ?? span.start);
        if (decided < from || (decided >= settled && !this.#ended)) continue;
        const start = scanned.offset + span.start;
        const end = scanned.offset + span.end;
        this.#waiting.push({
          ...this.#rawRange(scanner, start, end),
          scanner: index,
          what: span.what,
          noun: span.noun,
        });
      }
      this.#settled[index] = settled;
    } catch (error) {
      this.#fail(index, scanner, from, error);
    }
  }

  #fail(index: number, scanner: Scanner, from: number, error: unknown): void {
    const start = this.#rawPosition(scanner, from);
    const failure = error instanceof ScanFailure ? error.message : 'the check failed';
    this.#waiting.push({ start, end: start, scanner: index, what: '', noun: '', failure });
    this.#settled[index] = Number.POSITIVE_INFINITY;
  }

  #window(scanner: Scanner, from: number): ScannedText {
    const raw = scanner.reads === 'raw';
    const base = raw ? this.#rawBase : this.#normal.base;
    const offset = Math.max(base, from - LOOKBEHIND_CHARS);
    const text = (raw ? this.#raw : this.#normal.text).slice(offset - base);
    return { text: scanner.reads === 'folded' ? fold(text) : text, offset, from: from - offset, ended: this.#ended };
  }

  #rawRange(scanner: Scanner, start: number, end: number): { start: number; end: number } {
    if (scanner.reads === 'raw') return { start, end };
    return { start: this.#normal.rawStart(start), end: this.#normal.rawEnd(end) };
  }

  #rawPosition(scanner: Scanner, at: number): number {
    if (at === Number.POSITIVE_INFINITY) return this.#rawLength;
    return scanner.reads === 'raw' ? at : this.#normal.rawStart(at);
  }

  #forget(): void {
    const settled = (reads: boolean) =>
      Math.min(
        ...this.#scanners.map((scanner, i) =>
          (scanner.reads === 'raw') === reads ? (this.#settled[i] ?? 0) : Number.POSITIVE_INFINITY,
        ),
      );
    if (this.#needsNormal) this.#normal.drop(Math.min(this.#normal.end, settled(false)) - LOOKBEHIND_CHARS);
    if (!this.#needsRaw) return;
    const before = Math.min(this.#rawLength, settled(true)) - LOOKBEHIND_CHARS;
    if (before - this.#rawBase < KEEP_CHARS) return;
    this.#raw = this.#raw.slice(before - this.#rawBase);
    this.#rawBase = before;
  }

  #final(): readonly Hit[] {
    if (this.#waiting.length === 0) return this.#waiting;
    const horizon = this.#ended ? Number.POSITIVE_INFINITY : this.horizon;
    const final = this.#waiting.filter((hit) => hit.start < horizon);
    this.#waiting = this.#waiting.filter((hit) => hit.start >= horizon);
    return final.sort((a, b) => a.start - b.start || a.scanner - b.scanner || b.end - a.end);
  }
}

const KEEP_CHARS = 4_096;
