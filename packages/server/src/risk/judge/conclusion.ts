import type { Finding } from '@reeve/contracts';
import type { RiskAssessment } from '../risk-assessor.ts';
import type { Speech } from '../rules/compiled-rules.ts';
import type { Evidence } from '../thresholds/agent-trust.ts';
import { evidenceInWords, isNewBy } from '../thresholds/agent-trust.ts';
import { type Levels, levelsOf, type NewAgentLevels, verdictAt } from '../thresholds/levels.ts';
import type { RulesInForce } from './rules-in-force.ts';
import { combine } from './score.ts';
import { deciding, findingOf, type Spoken, type Untold, untoldFinding } from './spoken.ts';

export interface Conclusion {
  readonly score: number;
  readonly findings: readonly Finding[];
  readonly denied: boolean;
  readonly stop: RiskAssessment['stop'];
  /** The rule that lets pass what flow holds. */
  readonly declassifiedBy: string | undefined;
}

type Verdict = 'hold' | 'deny' | undefined;

/** What follows from all that was said. */
export function conclude(
  spoken: readonly Spoken[],
  untold: readonly Untold[],
  plan: RulesInForce,
  evidence: Evidence | undefined,
): Conclusion {
  const said = spoken.map(({ speech }) => speech);
  const enforced = said.filter((speech) => speech.enforced);
  const score = scoreOf(enforced);
  const isNew = (levels: NewAgentLevels) => evidence === undefined || isNewBy(levels, evidence);
  const reached = verdictAt(score, levelsOf(plan.thresholds, isNew));
  const findings = [...spoken.map(findingOf), ...untold.map(untoldFinding)];
  if (score > 0 && evidence !== undefined) findings.push(...strictness(plan, evidence));
  for (const { verdict, ref } of enforced) if (verdict !== undefined) findings.push(deciding(verdict, ref));
  if (reached !== undefined) findings.push(deciding(reached, `risk/threshold-${reached}`));
  const verdict = strictest([reached, ...enforced.map((speech) => speech.verdict)]);
  findings.push(...rehearsed(said, plan, isNew, verdict));
  const declassifiedBy = enforced.find(({ declassify }) => declassify)?.ref;
  return { score, findings, denied: verdict === 'deny', stop: stopOf(spoken), declassifiedBy };
}

function scoreOf(said: readonly Speech[]): number {
  return said.length === 0 ? 0 : combine(said.map(({ score }) => score ?? 0));
}

function strictest(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('deny')) return 'deny';
  return verdicts.includes('hold') ? 'hold' : undefined;
}

/** Why thresholds are strict, where they are, with the evidence so far. */
function strictness({ thresholds }: RulesInForce, evidence: Evidence): Finding[] {
  const strict = thresholds.flatMap(({ newAgents }) =>
    newAgents !== undefined && isNewBy(newAgents, evidence) ? [newAgents] : [],
  );
  return strict.map((levels) => ({
    by: 'risk',
    verdict: 'allow',
    rule: 'risk/new-agent',
    message: evidenceInWords(levels, evidence),
  }));
}

/** What would have been decided had everything been in force that is on trial. */
function rehearsed(
  said: readonly Speech[],
  plan: RulesInForce,
  isNew: (levels: NewAgentLevels) => boolean,
  decided: Verdict,
): Finding[] {
  if (said.every((speech) => speech.enforced) && plan.trialThresholds.length === 0) return [];
  const score = scoreOf(said);
  const levels: Levels = levelsOf([...plan.thresholds, ...plan.trialThresholds], isNew);
  const would = strictest([verdictAt(score, levels), decided, ...said.map(({ verdict }) => verdict)]);
  if (would === decided || would === undefined) return [];
  const words = would === 'hold' ? 'held' : 'denied';
  const message = `dry-run: would have been ${words}, with a risk of ${score}`;
  return [{ by: 'risk', verdict: 'allow', rule: 'risk/dry-run', message }];
}

function stopOf(spoken: readonly Spoken[]): RiskAssessment['stop'] {
  const stopping = spoken.filter(({ speech }) => speech.enforced && speech.stop !== undefined);
  const widest = stopping.find(({ speech }) => speech.stop === 'agent') ?? stopping[0];
  if (widest?.speech.stop === undefined) return undefined;
  return { what: widest.speech.stop, why: `${widest.speech.ref}: ${widest.words}` };
}
