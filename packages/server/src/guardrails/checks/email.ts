import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { runScanner } from '../run-scanner.ts';

const INSIDE = /[\w.!#$%&'*+/=?^`{|}~@-]/;
const EMAIL =
  /(?<![\w.+%-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}[a-z]{2,24}(?![\w-])/gi;
const LONGEST = 64 + 1 + 6 * 64 + 24;

export const email = defineCheck({
  name: 'email',
  description: 'E-mail addresses, except those of allowed domains.',
  redacts: true,
  config: z.strictObject({
    allowDomains: z
      .array(z.string())
      .max(200)
      .default([])
      .describe('Domains whose addresses are not personal, e.g. example.com.'),
  }),
  create({ allowDomains }) {
    const allowed = allowDomains.map((domain) => `@${domain.toLowerCase()}`);
    const judge = ([address]: RegExpExecArray) =>
      allowed.some((domain) => address.toLowerCase().endsWith(domain))
        ? undefined
        : { what: 'an e-mail address', noun: 'email' };
    return [runScanner({ pattern: EMAIL, inside: INSIDE, longest: LONGEST, judge })];
  },
});
