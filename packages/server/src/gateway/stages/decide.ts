import {
  type Contributor,
  type Decision,
  type Finding,
  type Outcome,
  type OutcomeKind,
  VERDICTS,
} from '@reeve/contracts';
import { must } from '../../lib/index.ts';
import type { RiskAssessment } from '../../risk/index.ts';
import { outcomeOf, type Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

type DecideParts = Pick<StageParts, 'now' | 'stops'>;
type Stopping = NonNullable<RiskAssessment['stop']>;

/** Strictest finding wins: deny, hold, modify, allow. No finding at all is not permission. */
export function decide(passage: Passage, parts: DecideParts): Outcome | undefined | Promise<Outcome | undefined> {
  const outcome = ended(passage, parts);
  const stop = passage.assessment?.stop;
  if (stop === undefined || passage.action.dryRun === true) return outcome;
  return contain(passage, parts, stop).then(() => outcome);
}

/** A rule wants it stopped: in force here before anything is awaited, and whatever the verdict on this one action. */
async function contain(passage: Passage, { stops }: DecideParts, stop: Stopping): Promise<void> {
  const target =
    stop.what === 'run'
      ? ({ kind: 'run', id: must(passage.run, 'run').id } as const)
      : ({ kind: 'agent', name: must(passage.agent, 'agent').name } as const);
  await stops.order(must(passage.identity, 'identity').workspace, target, 'risk', stop.why);
}

function ended(passage: Passage, parts: DecideParts): Outcome | undefined {
  const decision = { ...decisionOf(passage.findings, must(passage.fleet, 'fleet').version), risk: passage.risk };
  passage.decision = decision;
  passage.decidedAtMs = parts.now();
  if (decision.verdict === 'allow' || decision.verdict === 'modify') return undefined;
  const strictest = must(
    decision.findings.find((finding) => finding.verdict === decision.verdict),
    'a finding behind the verdict',
  );
  if (decision.verdict === 'deny') return outcomeOf(DENIED_AS[strictest.by] ?? 'denied', strictest);
  const { clearance } = passage;
  if (clearance?.kind !== 'waits') return outcomeOf('held', strictest);
  return { ...outcomeOf('held', clearance.finding), approval: clearance.approval };
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
