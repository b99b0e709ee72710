import { RE2JS } from 're2js';
import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { ScanFailure, type Scanner, type Span } from '../scanner.ts';

const MAX_PATTERN_CHARS = 1_000;
/** A match is at most half as long. Windows overlap by half, so that such a match lies whole in one of them. */
const WINDOW_CHARS = 512;
const STEP_CHARS = WINDOW_CHARS / 2;
const MAX_MATCHES = 1_000;

/**
 * Patterns of the operator, in RE2 syntax and run by a linear-time engine. Text is read in fixed overlapping windows: so a
 * match never depends on how a stream was cut.
 */
export const regex = defineCheck({
  name: 'regex',
  description: `A pattern of your own in RE2 syntax; matches of up to ${STEP_CHARS} characters are found.`,
  redacts: true,
  maxChars: 200_000,
  config: z.strictObject({
    pattern: z.string().min(1).max(MAX_PATTERN_CHARS).describe('RE2 syntax: no look-around, no back-references.'),
    what: z.string().min(1).max(100).default('text that matches a forbidden pattern').describe('Named in the message.'),
    noun: z
      .string()
      .regex(/^[a-z][a-z-]{0,29}$/, 'a short lower-case word')
      .default('match')
      .describe('Names the placeholder.'),
  }),
  create: ({ pattern, what, noun }) => [windowScanner(compile(pattern), what, noun)],
});

function compile(pattern: string): RE2JS {
  try {
    const compiled = RE2JS.compile(pattern);
    if (!compiled.matcher('').find()) return compiled;
  } catch (error) {
    throw new Error(`pattern is not RE2 syntax: ${(error as Error).message}`);
  }
  throw new Error('pattern matches empty text, so it would match everywhere');
}

function windowScanner(pattern: RE2JS, what: string, noun: string): Scanner {
  return {
    reads: 'normal',
    find({ text, offset, from, ended }) {
      const spans: Span[] = [];
      for (let start = from; start < text.length; start += STEP_CHARS) {
        const window = text.slice(start, start + WINDOW_CHARS);
        if (window.length < WINDOW_CHARS && !ended) break;
        const first = offset + start === 0;
        const last = ended && start + window.length === text.length;
        const matcher = pattern.matcher(window);
        while (matcher.find()) {
          const span = { start: start + matcher.start(), end: start + matcher.end(), what, noun };
          if (
            span.end === span.start ||
            (!first && matcher.start() === 0) ||
            (!last && matcher.end() === window.length)
          )
            continue;
          if (spans.push(span) > MAX_MATCHES) throw new ScanFailure(`it has more than ${MAX_MATCHES} matches`);
        }
        if (last) break;
      }
      return spans;
    },
    settled({ text, from, ended }) {
      if (ended) return text.length;
      const whole = Math.floor((text.length - from - STEP_CHARS) / STEP_CHARS);
      return from + Math.max(0, whole) * STEP_CHARS;
    },
  };
}
