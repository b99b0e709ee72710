import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { runScanner } from '../run-scanner.ts';
import { prefixes } from './prefixes.ts';

const IBAN = /(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}/gi;

// Lengths from the IBAN registry.
const LENGTHS =
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30';
const LENGTH_OF = new Map(LENGTHS.split(' ').map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]));

export const iban = defineCheck({
  name: 'iban',
  description: 'International bank account numbers with a valid checksum.',
  redacts: true,
  config: z.strictObject({}),
  create: () => [
    runScanner({
      pattern: IBAN,
      inside: /[A-Za-z0-9 ]/,
      longest: 64,
      judge(match) {
        for (const candidate of prefixes(match, 15, /[A-Z0-9]/i))
          if (isIban(candidate.replaceAll(' ', '').toUpperCase()))
            return { what: 'a bank account number', noun: 'iban', length: candidate.length };
        return undefined;
      },
    }),
  ],
});

function isIban(text: string): boolean {
  if (LENGTH_OF.get(text.slice(0, 2)) !== text.length) return false;
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4))
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
