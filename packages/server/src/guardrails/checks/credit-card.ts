import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { runScanner } from '../run-scanner.ts';
import { prefixes } from './prefixes.ts';

const DIGITS = /(?<![\d.])\d(?:[ -]?\d){12,18}/g;
// Ranges that card networks issue from: without them one number in ten passes the checksum.
const ISSUED = /^(?:2[2-7]|3[04-9]|[4-6])/;

export const creditCard = defineCheck({
  name: 'credit-card',
  description: 'Payment card numbers that pass the Luhn checksum.',
  redacts: true,
  config: z.strictObject({}),
  create: () => [
    runScanner({
      pattern: DIGITS,
      inside: /[\d -]/,
      longest: 40,
      judge(match) {
        for (const candidate of prefixes(match, 13, /\d/)) {
          const digits = candidate.replace(/\D/g, '');
          if (ISSUED.test(digits) && luhn(digits))
            return { what: 'a payment card number', noun: 'card', length: candidate.length };
        }
        return undefined;
      },
    }),
  ],
});

export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
