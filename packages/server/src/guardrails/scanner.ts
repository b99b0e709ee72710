/** Text as a scanner sees it: all of it, or a window of a stream with enough of what came before. */
export interface ScannedText {
  readonly text: string;
  /** Where the window begins in the whole text. */
  readonly offset: number;
  /** Where undecided text begins in the window; what is before it is context. */
  readonly from: number;
  /** Whether nothing will follow. */
  readonly ended: boolean;
}

/** Something found, in positions of the window. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Where the scanner decided on it, if that is before its start. */
  readonly anchor?: number;
  /** Named in the finding: `an e-mail address`. Never the matched text. */
  readonly what: string;
  /** Noun of its placeholder, `email`; empty where redaction removes the text. */
  readonly noun: string;
}

/**
 * Finds spans in text.
 *
 * INVARIANT: whether a span exists depends only on the text from LOOKBEHIND_CHARS before its start onwards, never on other
 * spans or on where a window begins. Hence a stream has the same findings however it is cut.
 */
export interface Scanner {
  /** Judges the form of a whole text, which a name or a number has not. */
  readonly judgesForm?: true;
  /** `raw`: as sent. `normal`: NFKC without invisible characters. `folded`: besides, look-alikes as Latin letters. */
  readonly reads: 'raw' | 'normal' | 'folded';
  find(scanned: ScannedText): readonly Span[];
  /** Spans that start before this position are final: what follows cannot add, remove or extend one. */
  settled(scanned: ScannedText): number;
}

export const LOOKBEHIND_CHARS = 64;

/** Why a scanner gave no answer. The text of it is public. */
export class ScanFailure extends Error {}

/** Every match of a global pattern from a position on, also those that overlap: what is found must not depend on where the search began. */
export function* everyMatch(pattern: RegExp, text: string, from: number): Generator<RegExpExecArray> {
  let at = from;
  while (at <= text.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return;
    yield match;
    at = match.index + ((text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1);
  }
}
