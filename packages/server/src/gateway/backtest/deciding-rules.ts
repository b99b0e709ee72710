import type { Decision, Finding } from '@reeve/contracts';

/** A finding of several policies names them all. */
export function rulesOf({ rule }: Finding): readonly string[] {
  return rule === undefined ? [] : rule.split(', ');
}

/** Findings by which it was decided, those of the strictest verdict; what is allowed in dry-run decides nothing. */
export function decidingFindings({ findings, verdict }: Decision): readonly Finding[] {
  return findings.filter((finding) => finding.verdict === verdict && !isTrial(finding));
}

/** Policies and rules that decided. Where a threshold did, the rules that added to the score are among them. */
export function decidingRules(decision: Decision): readonly string[] {
  const deciding = decidingFindings(decision);
  const scored = deciding.some(({ by, verdict }) => by === 'risk' && verdict !== 'allow')
    ? decision.findings.filter(({ score }) => score !== undefined && score > 0)
    : [];
  return [...new Set([...deciding, ...scored].flatMap(rulesOf))];
}

/** Of a rule or policy in dry-run. An agent in shadow is refused in earnest. */
export function isTrial({ verdict, wouldBe }: Finding): boolean {
  return verdict === 'allow' && wouldBe !== undefined;
}
