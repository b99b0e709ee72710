import type { Finding, Verdict } from '@reeve/contracts';
import { VERDICTS } from '@reeve/contracts';
import type { ActionRecord } from '../../../traces/index.ts';
import type { CandidateCall } from '../candidate-call.ts';
import { isTrial, rulesOf } from '../deciding-rules.ts';

/** What rules can say; a redaction lets the call pass. */
export type RuleVerdict = Exclude<Verdict, 'modify'>;

/** A call as it was recorded, ready to be judged again. */
export interface RecordedCall {
  readonly call: CandidateCall;
  /** What rules said of it then, before people did. */
  readonly verdict: RuleVerdict;
  readonly rules: readonly string[];
  readonly executed: boolean;
}

/** Why a recorded call cannot be judged again. */
export type NotReplayed = 'beforeRules' | 'erased' | 'tooLarge' | 'neverKept';

/** A candidate judges these itself; the statements of all others are taken over. */
const JUDGED_AGAIN: ReadonlySet<Finding['by']> = new Set(['policy', 'risk', 'approval']);
/** Ends of calls whose upstream was asked. */
const EXECUTED: ReadonlySet<string> = new Set([
  'succeeded',
  'upstream_failed',
  'timed_out',
  'withheld',
  'stopped',
  'aborted',
  'interrupted',
]);

/** Whether rules were asked of it at all: an unknown caller or a spent budget ends a call before that. */
export function reachedRules(record: ActionRecord): boolean {
  if (record.target === undefined || record.runId === undefined) return false;
  return record.findings.some(({ by }) => by === 'policy');
}

export function recordedCall(record: ActionRecord, args: Readonly<Record<string, unknown>>): RecordedCall {
  const said = record.findings.map(asRulesSaid).filter((finding) => finding !== undefined);
  const verdict = strictest(said);
  const deciding = said.filter((finding) => verdictOf(finding) === verdict && !isTrial(finding));
  return {
    call: {
      action: record.id,
      kind: record.kind,
      agent: record.agent,
      target: record.target ?? '',
      effect: record.effect,
      args,
      run: record.runId as CandidateCall['run'],
      root: (record.root ?? record.runId) as CandidateCall['root'],
      user: record.user,
      feature: record.feature,
      session: record.session,
      reason: record.reason,
      labels: [],
      findings: said.filter(({ by }) => !JUDGED_AGAIN.has(by)),
      atMs: record.startedAtMs,
    },
    verdict,
    rules: deciding.flatMap(rulesOf),
    executed: EXECUTED.has(record.outcome?.kind ?? ''),
  };
}

/** The finding as it stood before people were asked; undefined for what people or the desk said. */
function asRulesSaid(finding: Finding): Finding | undefined {
  if (finding.releasedBy !== undefined) return { ...finding, verdict: 'hold' };
  return finding.by === 'approval' && (finding.verdict !== 'hold' || finding.rule === undefined) ? undefined : finding;
}

export function strictest(findings: readonly Finding[]): RuleVerdict {
  const rank = Math.max(0, ...findings.map(({ verdict }) => VERDICTS.indexOf(verdict)));
  return ruleVerdict(VERDICTS[rank] ?? 'deny');
}

export function ruleVerdict(verdict: Verdict): RuleVerdict {
  return verdict === 'modify' ? 'allow' : verdict;
}

function verdictOf({ verdict }: Finding): RuleVerdict {
  return ruleVerdict(verdict);
}
