import { z } from 'zod';
import { defineCheck } from '../define-check.ts';

export const maxLength = defineCheck({
  name: 'max-length',
  description: 'Texts longer than a number of characters.',
  redacts: false,
  config: z.strictObject({ chars: z.number().int().positive().max(100_000_000) }),
  create: ({ chars }) => [
    {
      reads: 'raw',
      find({ text, offset }) {
        const at = chars - offset;
        return at < text.length
          ? [{ start: at, end: at + 1, what: `text of more than ${chars} characters`, noun: 'rest' }]
          : [];
      },
      settled: ({ text }) => text.length,
    },
  ],
});
