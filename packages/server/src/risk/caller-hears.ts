import type { Finding } from '@reeve/contracts';

/**
 * Whether a finding is for the caller. What rules, sequences and second opinions said is for approvers and the record: it names other
 * agents' actions, thresholds and what a model thought. The caller hears what follows from it.
 */
export function callerHears({ by, verdict, releasedBy }: Finding): boolean {
  return by !== 'risk' || verdict !== 'allow' || releasedBy !== undefined;
}
