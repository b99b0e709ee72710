import type { AnySchema } from 'ajv';
import { z } from 'zod';
import { defineCheck } from '../define-check.ts';

const MAX_CHARS = 1_000_000;
const MAX_SCHEMA_CHARS = 100_000;

export const jsonSchema = defineCheck({
  name: 'json-schema',
  description: 'Texts that are not JSON, or not of a given JSON Schema. A stream is held until its end.',
  places: ['output', 'arguments', 'result'],
  redacts: false,
  maxChars: MAX_CHARS,
  config: z.strictObject({ schema: z.record(z.string(), z.unknown()).default({}).describe('JSON Schema 2020-12.') }),
  async create({ schema }) {
    const matches = await compile(schema);
    return [
      {
        reads: 'raw',
        judgesForm: true,
        find({ text, ended }) {
          if (!ended || text === '') return [];
          const wrong = matches(text);
          return wrong === undefined ? [] : [{ start: 0, end: text.length, what: wrong, noun: 'json' }];
        },
        settled: ({ text, ended }) => (ended ? text.length : 0),
      },
    ];
  },
});

async function compile(schema: Record<string, unknown>): Promise<(text: string) => string | undefined> {
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS)
    throw new Error(`schema is longer than ${MAX_SCHEMA_CHARS} characters`);
  if (/"pattern(?:Properties)?":/.test(JSON.stringify(schema)))
    throw new Error('schema uses pattern, which is not run in linear time; use the regex check for it');
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const validate = new Ajv2020({ strict: false }).compile(schema as AnySchema);
  return (text) => {
    try {
      if (validate(JSON.parse(text))) return undefined;
    } catch {
      return 'text that is not JSON';
    }
    const [error] = validate.errors ?? [];
    return `JSON that does not fit the schema (${error?.instancePath || '/'} ${error?.message ?? 'is wrong'})`.slice(
      0,
      300,
    );
  };
}
