import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { runScanner } from '../run-scanner.ts';
import type { Scanner } from '../scanner.ts';
import { luhn } from './credit-card.ts';

interface NationalId {
  readonly pattern: RegExp;
  readonly what: string;
  readonly valid?: (id: string) => boolean;
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

// Patterns with separators or letters only: bare digits mean anything.
const IDS = {
  us: {
    pattern: /(?<![\w-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d\d\1(?!0000)\d{4}(?![\w-])/g,
    what: 'a US social security number',
  },
  gb: {
    pattern: /(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?!\w)/g,
    what: 'a UK national insurance number',
  },
  ca: {
    pattern: /(?<![\w-])[1-79]\d\d([- ])\d{3}\1\d{3}(?![\w-])/g,
    what: 'a Canadian social insurance number',
    valid: (id) => luhn(id.replace(/\D/g, '')),
  },
  es: {
    pattern: /(?<!\w)\d{8}-?[A-HJ-NP-TV-Z](?!\w)/g,
    what: 'a Spanish identity number',
    valid: (id) => DNI_LETTERS[Number(id.slice(0, 8)) % DNI_LETTERS.length] === id.at(-1),
  },
  fr: {
    pattern: /(?<!\w)[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d(?!\w)/g,
    what: 'a French social security number',
    valid: frenchKey,
  },
} satisfies Record<string, NationalId>;

const COUNTRIES = ['us', 'gb', 'ca', 'es', 'fr'] as const;

export const nationalId = defineCheck({
  name: 'national-id',
  description: 'National identity and social security numbers (US, UK, Canada, Spain, France).',
  redacts: true,
  config: z.strictObject({
    countries: z
      .array(z.enum(COUNTRIES))
      .min(1)
      .default([...COUNTRIES]),
  }),
  create: ({ countries }) => countries.map((country) => scannerOf(IDS[country])),
});

function scannerOf(id: NationalId): Scanner {
  return runScanner({
    pattern: id.pattern,
    inside: /[\w -]/,
    longest: 24,
    judge: ([text]) => (id.valid === undefined || id.valid(text) ? { what: id.what, noun: 'national-id' } : undefined),
  });
}

function frenchKey(text: string): boolean {
  const id = text.replaceAll(' ', '').replace('2A', '19').replace('2B', '18');
  return 97 - (Number(id.slice(0, 13)) % 97) === Number(id.slice(13));
}
