import { everyMatch, type ScannedText, type Scanner, type Span } from './scanner.ts';

export interface RunPattern {
  /** Global. Each match is decided by the characters that `inside` names, and one after them. */
  readonly pattern: RegExp;
  /** A character that may stand in a match. */
  readonly inside: RegExp;
  /** No match is longer. */
  readonly longest: number;
  /** The span, or undefined where a checksum says that this is something else. */
  readonly judge: (
    match: RegExpExecArray,
  ) => { readonly what: string; readonly noun: string; readonly length?: number } | undefined;
}

/** Finds what stands in one run of certain characters, such as an e-mail address. */
export function runScanner(run: RunPattern): Scanner {
  return {
    reads: 'folded',
    find: ({ text, from }) => spansOf(run, text, from),
    settled: (scanned) => (scanned.ended ? scanned.text.length : tailOf(scanned, run)),
  };
}

function spansOf({ pattern, judge }: RunPattern, text: string, from: number): Span[] {
  const spans: Span[] = [];
  for (const match of everyMatch(pattern, text, from)) {
    const judged = judge(match);
    if (judged === undefined) continue;
    const end = match.index + (judged.length ?? match[0].length);
    spans.push({ start: match.index, end, what: judged.what, noun: judged.noun });
  }
  return spans;
}

function tailOf({ text }: ScannedText, { inside, longest }: RunPattern): number {
  const floor = Math.max(0, text.length - longest - 1);
  let at = text.length;
  while (at > floor && inside.test(text.charAt(at - 1))) at--;
  return at;
}
