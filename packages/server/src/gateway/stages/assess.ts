import type { Outcome } from '@reeve/contracts';
import { must } from '../../lib/index.ts';
import type { RiskAssessment } from '../../risk/index.ts';
import type { Passage } from '../passage.ts';
import { flowFacts, heldFacts, riskFacts } from './facts.ts';
import type { StageParts } from './stage.ts';

type AssessParts = Pick<StageParts, 'risk' | 'flows' | 'approvals'>;

/**
 * What speaks against it, now, given all else that has happened? Before the policies, for they may ask for risk and labels; nothing
 * is awaited between counting this action and deciding about it but what the rules themselves need.
 */
export function assess(passage: Passage, parts: AssessParts): Outcome | undefined | Promise<undefined> {
  const facts = flowFacts(passage);
  const conversation = passage.action.operation.conversation?.();
  if (conversation !== undefined) parts.flows.heard(facts, conversation);
  if (must(passage.target, 'target').kind === 'tool') passage.findings.push(...parts.flows.assess(facts));
  const assessment = parts.risk.assess(riskFacts(passage, parts.flows.labels(facts)));
  if (assessment instanceof Promise) return assessment.then((late) => taken(passage, parts, late));
  return taken(passage, parts, assessment);
}

function taken(passage: Passage, parts: AssessParts, assessment: RiskAssessment): undefined {
  passage.assessment = assessment;
  if (assessment.declassifiedBy !== undefined) declassify(passage, assessment.declassifiedBy);
  passage.findings.push(...assessment.findings);
  if (passage.target?.kind !== 'tool') return;
  const required = parts.approvals.requirement(heldFacts(passage));
  if (required !== undefined) passage.findings.push(required);
}

/** An operator's rule lets pass what nothing but the origin of its values holds; that it did is on record. */
function declassify({ findings }: Passage, rule: string): void {
  for (const [index, finding] of findings.entries())
    if (finding.by === 'flow' && finding.verdict === 'hold')
      findings[index] = { ...finding, verdict: 'allow', releasedBy: rule };
}
