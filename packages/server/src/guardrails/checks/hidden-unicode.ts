import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { everyMatch, type Scanner, type Span } from '../scanner.ts';

// Joiners and variation selectors are part of emoji and of Indic and Arabic writing; alone they hide little.
const KINDS = [
  { pattern: /[\u202a-\u202e\u2066-\u2069\u061c]/g, what: 'a control character that reverses the direction of text' },
  { pattern: /[\u200b\u2060-\u2064\ufeff\u00ad\u115f\u1160\u3164\uffa0\u180e]/g, what: 'a character of no width' },
  { pattern: /[\u{e0000}-\u{e0fff}]/gu, what: 'an invisible tag character' },
  { pattern: /[\ufe00-\ufe0f]{2}/g, what: 'a row of variation selectors' },
] as const;

const scanner: Scanner = {
  reads: 'raw',
  find({ text, from }) {
    const spans: Span[] = [];
    for (const { pattern, what } of KINDS) {
      for (const match of everyMatch(pattern, text, from))
        spans.push({ start: match.index, end: match.index + match[0].length, what, noun: '' });
    }
    return spans;
  },
  settled: ({ text, ended }) => (ended ? text.length : Math.max(0, text.length - 1)),
};

export const hiddenUnicode = defineCheck({
  name: 'hidden-unicode',
  description: 'Invisible and direction-changing characters that hide text from people; redaction removes them.',
  redacts: true,
  config: z.strictObject({}),
  create: () => [scanner],
});
