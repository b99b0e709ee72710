import type { CountryCode } from 'libphonenumber-js';
import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { runScanner } from '../run-scanner.ts';
import { ScanFailure } from '../scanner.ts';
import { prefixes } from './prefixes.ts';

const INTERNATIONAL = /(?<![\w+])\+\d(?:[ ()./-]{0,2}\d){6,14}/g;
const ANY = /(?<![\w+.,:/-])(?:\+\d|\(?\d)(?:[ ()./-]{0,2}\d){6,14}/g;
/** Parsing costs some 10 µs, so a text that is all digits must not be parsed at every place. */
const MAX_CANDIDATES = 5_000;

export const phone = defineCheck({
  name: 'phone',
  description: 'Valid phone numbers: international ones, and national ones of a given country.',
  redacts: true,
  config: z.strictObject({
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'a country code such as US')
      .optional()
      .describe('Country whose national numbers are found too.'),
  }),
  async create({ country }) {
    const { isSupportedCountry, parsePhoneNumberFromString } = await import('libphonenumber-js');
    if (country !== undefined && !isSupportedCountry(country))
      throw new Error(`${country} is not a country with phone numbers`);
    const scanner = runScanner({
      pattern: country === undefined ? INTERNATIONAL : ANY,
      inside: /[\d +()./-]/,
      longest: 48,
      judge(match) {
        if (++candidates > MAX_CANDIDATES) throw new ScanFailure(`it holds more than ${MAX_CANDIDATES} numbers`);
        for (const candidate of prefixes(match, 7, /\d/))
          if (parsePhoneNumberFromString(candidate, country as CountryCode | undefined)?.isValid() === true)
            return { what: 'a phone number', noun: 'phone', length: candidate.length };
        return undefined;
      },
    });
    let candidates = 0;
    return [
      {
        ...scanner,
        find(scanned) {
          candidates = 0;
          return scanner.find(scanned);
        },
      },
    ];
  },
});
