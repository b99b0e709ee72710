import { isLetterOrDigit } from './word-filter.ts';

// One spelling for what looks or reads the same, so that a value is found however it was dressed up.

const INVISIBLE = /[\p{Cf}\u115f\u1160\u3164\uffa0]/gu;
const MARKS = /\p{M}+/gu;
const PLAIN = /^[\t\n\r -~]*$/;

/** Letters of other scripts that are drawn like Latin ones, after NFKC. */
const LOOK_ALIKE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...pairs('асԁеһіјӏԛорԝхуѕ', 'acdehijlqopwxys'),
    ...pairs('АВСЕНІЈКМОРЅТХУԜ', 'ABCEHIJKMOPSTXYW'),
    ...pairs('αβγεηικνορτυχω', 'aßyenikvoptuxw'),
    ...pairs('ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'),
    ...pairs('ɑɡıȷʟɴʀʏ‐‑‒–—―−⁄∕․。', 'agijlnry-------//..'),
    ...pairs('‘’‚‛“”„‟′″', '\'\'\'\'""""\'"'),
    ß: 'ss',
  }),
);

const NOT_ASCII = /[^\t\n\r -~]/g;

/** Same letters in one shape, invisible characters gone; case and lines are kept. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text;
  const plain = text.normalize('NFKD').replace(MARKS, '').replace(INVISIBLE, '');
  return plain.replace(NOT_ASCII, (character) => LOOK_ALIKE.get(character) ?? character);
}

/** Folded, lower case, every run of white space one space. */
export function normalise(text: string): string {
  return fold(text).toLowerCase().replace(/\s+/g, ' ').trim();
}

const SPELLED = /\s*[[({<]?\b(?:dot|at|dash|hyphen|minus|underscore|slash)\b[\])}>]?\s*/g;
const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{N}]+/gu;

/** Of normalised text only letters and digits, also where signs are spelled out: `bob (at) example dot com` is `bobexamplecom`. */
export function compact(normal: string): string {
  return normal.replace(SPELLED, '').replace(NEITHER_LETTER_NOR_DIGIT, '');
}

/** Where a normalised value stands in a normalised text as a whole word or words, or -1. */
export function findWhole(text: string, value: string, from = 0): number {
  if (value === '') return -1;
  const opens = isLetterOrDigit(value.charCodeAt(0));
  const closes = isLetterOrDigit(value.charCodeAt(value.length - 1));
  for (let at = text.indexOf(value, from); at !== -1; at = text.indexOf(value, at + 1)) {
    const after = at + value.length;
    if (opens && at > 0 && isLetterOrDigit(text.charCodeAt(at - 1))) continue;
    if (closes && after < text.length && isLetterOrDigit(text.charCodeAt(after))) continue;
    return at;
  }
  return -1;
}

function pairs(from: string, to: string): Record<string, string> {
  const targets = [...to];
  return Object.fromEntries([...from].map((character, index) => [character, targets[index] ?? '']));
}
