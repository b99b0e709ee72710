import { everyMatch, type ScannedText, type Scanner, type Span } from './scanner.ts';

export interface AnchoredPattern {
  readonly reads?: Scanner['reads'];
  /** Global, cheap, without whitespace, at most ANCHOR_CHARS: where something may begin. */
  readonly anchor: RegExp;
  /** How much text after an anchor decides. */
  readonly reach: number;
  /** Global: text that ends the part of interest early, so that a stream need not wait for all of `reach`. */
  readonly until?: RegExp;
  /** Spans in the slice that begins at the anchor; `before` is the character in front of it. */
  readonly judge: (slice: string, before: string) => readonly Span[];
}

const ANCHOR_CHARS = 40;
const WORD_CHARACTER = /[^\s]/;

/** Finds what a cheap pattern announces: clean text costs one pass, and a stream waits only behind an anchor. */
export function anchoredScanner(pattern: AnchoredPattern): Scanner {
  return {
    reads: pattern.reads ?? 'folded',
    find(scanned) {
      const spans: Span[] = [];
      for (const at of anchors(pattern.anchor, scanned)) {
        const slice = sliceAt(pattern, scanned.text, at);
        if (!slice.whole && !scanned.ended) continue;
        for (const span of pattern.judge(slice.text, scanned.text.charAt(at - 1)))
          spans.push({ ...span, start: span.start + at, end: span.end + at, anchor: at });
      }
      return spans;
    },
    settled(scanned) {
      if (scanned.ended) return scanned.text.length;
      for (const at of anchors(pattern.anchor, scanned))
        if (!sliceAt(pattern, scanned.text, at).whole) return Math.min(at, tail(scanned.text));
      return tail(scanned.text);
    },
  };
}

function* anchors(anchor: RegExp, { text, from }: ScannedText): Generator<number> {
  for (const match of everyMatch(anchor, text, from)) yield match.index;
}

function sliceAt({ reach, until }: AnchoredPattern, text: string, at: number): { text: string; whole: boolean } {
  const slice = text.slice(at, at + reach);
  if (until !== undefined) {
    until.lastIndex = 0;
    const stop = until.exec(slice);
    // A stop that touches the end might be longer still.
    if (stop !== null && stop.index + stop[0].length < slice.length)
      return { text: slice.slice(0, stop.index + stop[0].length), whole: true };
  }
  return { text: slice, whole: slice.length === reach };
}

/** An anchor may have begun in the last words. */
function tail(text: string): number {
  const floor = Math.max(0, text.length - ANCHOR_CHARS);
  let at = text.length;
  while (at > floor && WORD_CHARACTER.test(text.charAt(at - 1))) at--;
  return at;
}
