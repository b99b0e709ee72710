import {
  type Contributor,
  type Decision,
  type Finding,
  type Outcome,
  type OutcomeKind,
  VERDICTS,
} from '@reeve/contracts';
import { must } from '../../lib/index.ts';
import { outcomeOf, type Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

/** Strictest finding wins: deny, hold, modify, allow. No finding at all is not permission. */
export function decide(passage: Passage, parts: Pick<StageParts, 'now'>): Outcome | undefined {
  const decision = decisionOf(passage.findings, must(passage.fleet, 'fleet').version);
  passage.decision = decision;
  passage.decidedAtMs = parts.now();
  if (decision.verdict === 'allow' || decision.verdict === 'modify') return undefined;
  const strictest = must(
    decision.findings.find((finding) => finding.verdict === decision.verdict),
    'a finding behind the verdict',
  );
  return outcomeOf(decision.verdict === 'hold' ? 'held' : (DENIED_AS[strictest.by] ?? 'denied'), strictest);
}

const DENIED_AS: Partial<Record<Contributor, OutcomeKind>> = { guardrail: 'blocked', ledger: 'failed_closed' };

export function decisionOf(findings: readonly Finding[], fleetVersion: string): Decision {
  if (findings.length === 0) {
    const silence: Finding = {
      by: 'policy',
      verdict: 'deny',
      code: 'fail_closed',
      message: 'nothing decided about this action',
    };
    return { verdict: 'deny', findings: [silence], fleetVersion };
  }
  let strictest = 0;
  for (const finding of findings) strictest = Math.max(strictest, VERDICTS.indexOf(finding.verdict));
  return { verdict: VERDICTS[strictest] ?? 'deny', findings, fleetVersion };
}
