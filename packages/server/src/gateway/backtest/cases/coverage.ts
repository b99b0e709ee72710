import type { Decision } from '@reeve/contracts';
import type { Candidate, CandidateRule } from '../candidate.ts';
import { rulesOf } from '../deciding-rules.ts';

/** How often a policy or a rule of risk had a say in the decisions of the cases. */
export interface Coverage extends CandidateRule {
  readonly decided: number;
}

/** Those that never had a say come first. */
export function coverageOf(candidate: Candidate, decisions: readonly Decision[]): readonly Coverage[] {
  const counts = new Map<string, number>();
  for (const { findings } of decisions) {
    const named = findings.flatMap((finding) => rulesOf(finding).map((rule) => `${finding.by} ${rule}`));
    for (const key of new Set(named)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return candidate
    .rules()
    .map((rule) => ({ ...rule, decided: counts.get(`${rule.by} ${rule.rule}`) ?? 0 }))
    .sort((a, b) => Number(a.decided > 0) - Number(b.decided > 0));
}
