import type { SecretLintRuleCreator } from '@secretlint/types';
import { z } from 'zod';
import { anchoredScanner } from '../anchored-scanner.ts';
import { defineCheck } from '../define-check.ts';
import type { Scanner, Span } from '../scanner.ts';
import { loadRules, runRules } from './secretlint-rules.ts';

// Rules run only behind these, so that clean text costs one pass. A test holds an example of each rule against them.
const TOKEN =
  /A3T[A-Z0-9]|A(?:KIA|GPA|IDA|ROA|IPA|NPA|NVA|SIA)|npm_|xox[a-z]-|xapp-|hooks\.slack|_authToken|sk-|gsk_|hf_|lin_api_|ntn_|secret_|SG\.|shp(?:pa|ca|at|ss)_|[rs]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|glc_|glsa_|ops_ey|hv[sbr]\.|vc[piark]_|dckr_|cf[a-z]{2,4}_|v1\.0-|tskey-|figd_|eyJ|(?:https?|ftps?|mongodb|srv|mysqlx?|postgres|postgresql):\/\//g;
const KEY_BLOCK = /-----BEGIN/g;
const ASSIGNMENT =
  /aws_?(?:secret|account)|(?:secret|Secret|SECRET)_?(?:access|Access|ACCESS)_?(?:key|Key|KEY)|private_key_id/gi;
const LONGEST_TOKEN = 2_000;
const LONGEST_KEY = 10_400;
const LONGEST_ASSIGNMENT = 160;

const PREFIXED =
  /^(?:sk-(?:proj|ant|or|svcacct|admin)?-?[A-Za-z0-9_-]{24,200}|eyJ[\w-]{10,800}\.eyJ[\w-]{10,1000}\.[\w-]{10,600})/;

export const secrets = defineCheck({
  name: 'secrets',
  description: 'Keys, tokens and passwords in the formats that their issuers document.',
  redacts: true,
  config: z.strictObject({}),
  async create() {
    const rules = await loadRules();
    return [
      behind(rules, { anchor: TOKEN, reach: LONGEST_TOKEN, until: /[\s"'`<>]/g }),
      behind(rules, {
        anchor: KEY_BLOCK,
        reach: LONGEST_KEY,
        until: /-----END[A-Z ]{1,40}-----|(?<=[\s\S])-----BEGIN/g,
      }),
      behind(rules, { anchor: ASSIGNMENT, reach: LONGEST_ASSIGNMENT }),
    ];
  },
});

function behind(
  rules: readonly SecretLintRuleCreator[],
  where: { anchor: RegExp; reach: number; until?: RegExp },
): Scanner {
  return anchoredScanner({
    ...where,
    judge(slice, before) {
      const prefixed = /[\p{L}\p{N}]/u.test(before) ? null : PREFIXED.exec(slice);
      const found = runRules(rules, before + slice).map((hit) => toSpan(hit, before.length));
      if (prefixed !== null)
        found.push({ start: 0, end: prefixed[0].length, what: 'a secret key or token', noun: 'secret' });
      return found.filter((span) => span.start >= 0);
    },
  });
}

function toSpan(hit: { rule: string; start: number; end: number }, shift: number): Span {
  const issuer = hit.rule.replace(/^.*secretlint-rule-/, '');
  return { start: hit.start - shift, end: hit.end - shift, what: `a secret (${issuer})`, noun: 'secret' };
}
