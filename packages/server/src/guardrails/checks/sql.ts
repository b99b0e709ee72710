import { z } from 'zod';
import { anchoredScanner } from '../anchored-scanner.ts';
import { defineCheck } from '../define-check.ts';
import type { Span } from '../scanner.ts';

const MAX_STATEMENT_CHARS = 2_000;
const NAME = '["`\\[]?[\\w.$]{1,128}["`\\]]?';
const DECIDED = [
  {
    pattern: /^drop (?:table|database|schema|view|index|role|user|function|trigger|sequence)\b/i,
    what: 'an SQL DROP statement',
  },
  {
    pattern: new RegExp(`^truncate (?:table )?(?:only )?${NAME} ?(?:;|,|$|cascade|restart|--)`, 'i'),
    what: 'an SQL TRUNCATE statement',
  },
  {
    pattern: new RegExp(
      `^alter (?:table|role|user|database) (?:if exists )?${NAME} (?:drop|owner|with|superuser|rename|disable)`,
      'i',
    ),
    what: 'an SQL ALTER statement',
  },
  { pattern: /^(?:grant|revoke) [\w ,()]{1,200} (?:on|to|from) /i, what: 'an SQL GRANT or REVOKE statement' },
] as const;
const UNBOUNDED = [
  { pattern: new RegExp(`^delete from (?:only )?${NAME}`, 'i'), what: 'an SQL DELETE without WHERE' },
  {
    pattern: new RegExp(`^update (?:only )?${NAME}(?: (?:as )?\\w{1,64})? set `, 'i'),
    what: 'an SQL UPDATE without WHERE',
  },
] as const;
/** A condition that is always true bounds nothing. */
const TAUTOLOGY = /\bwhere \(?(?:true|1 ?= ?1|'(\w{0,20})' ?= ?'\1')\)?(?: |;|$)/i;

export const sql = defineCheck({
  name: 'sql',
  description:
    'Destructive SQL: drop, truncate, alter, grant, and delete or update of every row. A tokenizer, not a parser.',
  redacts: false,
  config: z.strictObject({}),
  create: () => [
    anchoredScanner({
      anchor: /\b(?:drop|truncate|alter|grant|revoke|delete|update)\b/gi,
      reach: MAX_STATEMENT_CHARS,
      until: /[;.!?](?=\s)|;|\n\n/g,
      judge,
    }),
  ],
});

function judge(slice: string): readonly Span[] {
  const statement = plain(slice);
  for (const { pattern, what } of DECIDED) if (pattern.test(statement)) return [spanOf(slice, what)];
  for (const { pattern, what } of UNBOUNDED)
    if (pattern.test(statement) && (!/\bwhere\b/i.test(statement) || TAUTOLOGY.test(statement)))
      return [spanOf(slice, what)];
  return [];
}

function spanOf(slice: string, what: string): Span {
  return { start: 0, end: slice.length, what, noun: 'sql' };
}

/** The first statement without comments and with single spaces; long strings shortened, so that their text is no keyword. */
function plain(slice: string): string {
  const open = slice
    .replace(/\/\*[^*]{0,500}\*\//g, ' ')
    .replace(/--[^\n]{0,500}/g, ' ')
    .replace(/'[^']{21,1000}'/g, "''");
  return open.replace(/\s+/g, ' ').split(';')[0]?.trim() ?? '';
}
