import { z } from 'zod';
import { bannedWords } from './checks/banned-words.ts';
import { creditCard } from './checks/credit-card.ts';
import { email } from './checks/email.ts';
import { hiddenUnicode } from './checks/hidden-unicode.ts';
import { iban } from './checks/iban.ts';
import { ipAddress } from './checks/ip-address.ts';
import { jsonSchema } from './checks/json-schema.ts';
import { markdownExfiltration } from './checks/markdown-exfiltration.ts';
import { maxLength } from './checks/max-length.ts';
import { nationalId } from './checks/national-id.ts';
import { phone } from './checks/phone.ts';
import { promptInjection } from './checks/prompt-injection.ts';
import { regex } from './checks/regex.ts';
import { secrets } from './checks/secrets.ts';
import { shell } from './checks/shell.ts';
import { sql } from './checks/sql.ts';
import { urlAllowList } from './checks/url-allow-list.ts';
import type { Check } from './define-check.ts';

/** The catalogue. */
export const CHECKS: readonly Check[] = [
  secrets,
  email,
  phone,
  creditCard,
  iban,
  ipAddress,
  nationalId,
  promptInjection,
  hiddenUnicode,
  markdownExfiltration,
  urlAllowList,
  bannedWords,
  regex,
  maxLength,
  sql,
  shell,
  jsonSchema,
];

export interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
  readonly places: readonly string[];
  readonly redacts: boolean;
  readonly maxChars: number;
  /** JSON Schema of its config. */
  readonly config: unknown;
}

/** What `reeve guardrails list` and the reference show. */
export function catalogue(): readonly CatalogueEntry[] {
  return CHECKS.map(({ name, description, places, redacts, maxChars, config }) => ({
    name,
    description,
    places,
    redacts,
    maxChars,
    config: z.toJSONSchema(config, { io: 'input' }),
  }));
}
