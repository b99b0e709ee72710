import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { fold } from '../fold.ts';
import { everyMatch, LOOKBEHIND_CHARS, type Scanner, type Span } from '../scanner.ts';

const MAX_WORD_CHARS = 100;
/** White space between two words of a phrase. */
const GAP = '\\s{1,4}';

export const bannedWords = defineCheck({
  name: 'banned-words',
  description: 'Words and phrases, in any case, also written with look-alike or invisible characters.',
  redacts: true,
  config: z.strictObject({ words: z.array(z.string().trim().min(1).max(MAX_WORD_CHARS)).min(1).max(1_000) }),
  create: ({ words }) => [wordScanner(words.map((word) => fold(word.normalize('NFKC'))))],
});

function wordScanner(words: readonly string[]): Scanner {
  const longestFirst = [...words].sort((a, b) => b.length - a.length);
  const literals = longestFirst.map((word) => word.split(/\s+/).map(quote).join(GAP));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${literals.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  const reach = Math.max(...words.map((word) => word.split(/\s+/).join('    ').length)) + 1;
  const phrases = words.some((word) => /\s/.test(word));
  return {
    reads: 'folded',
    find({ text, from }) {
      const spans: Span[] = [];
      for (const match of everyMatch(pattern, text, from))
        spans.push({ start: match.index, end: match.index + match[0].length, what: 'a banned word', noun: 'word' });
      return spans;
    },
    settled({ text, ended }) {
      if (ended) return text.length;
      const floor = Math.max(0, text.length - reach - LOOKBEHIND_CHARS / 8);
      let at = text.length;
      while (at > floor && (phrases || /\S/.test(text.charAt(at - 1)))) at--;
      return at;
    },
  };
}

function quote(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
