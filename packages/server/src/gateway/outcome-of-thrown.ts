import type { Contributor, ErrorCode, Outcome, OutcomeKind } from '@reeve/contracts';
import { type ReeveError, toReeveError } from '../lib/index.ts';
import type { Passage } from './passage.ts';

/** How an action ends that a stage threw out, by the code of the error. What is not here is a fault. */
const ENDS_AS: Partial<Record<ErrorCode, { readonly kind: OutcomeKind; readonly by?: Contributor }>> = {
  invalid_request: { kind: 'invalid', by: 'schema' },
  invalid_arguments: { kind: 'invalid', by: 'schema' },
  payload_too_large: { kind: 'invalid', by: 'schema' },
  unknown_model: { kind: 'invalid', by: 'schema' },
  unknown_tool: { kind: 'invalid', by: 'schema' },
  idempotency_mismatch: { kind: 'invalid', by: 'schema' },
  action_in_progress: { kind: 'invalid', by: 'schema' },
  definition_changed: { kind: 'denied', by: 'schema' },
  destination_denied: { kind: 'denied', by: 'limits' },
  approval_required: { kind: 'denied', by: 'approval' },
  policy_denied: { kind: 'denied', by: 'policy' },
  fail_closed: { kind: 'failed_closed', by: 'ledger' },
  overloaded: { kind: 'failed_closed', by: 'limits' },
  upstream_failed: { kind: 'upstream_failed' },
  upstream_unavailable: { kind: 'upstream_failed' },
  upstream_timeout: { kind: 'timed_out' },
  outcome_unknown: { kind: 'interrupted' },
};

export interface Thrown {
  readonly outcome: Outcome;
  /** Whether an operator must hear of it: nobody decided this. */
  readonly isFault: boolean;
}

/** The outcome of an action that a stage did not end but threw out; the refusal joins the findings, so that the record has its reason. */
export function outcomeOfThrown(passage: Passage, thrown: unknown, onFault: Outcome): Thrown {
  const error = toReeveError(thrown);
  const ends = ENDS_AS[error.code];
  if (ends === undefined) {
    if (onFault.kind === 'failed_closed') deny(passage, 'ledger', 'fail_closed', onFault.message ?? '');
    return { outcome: onFault, isFault: true };
  }
  if (ends.by !== undefined) deny(passage, ends.by, error.code, error.message);
  return { outcome: outcome(ends.kind, error), isFault: error.code === 'fail_closed' };
}

/** INVARIANT: what was thrown out before its intent was on record never counts as allowed, though it may have been decided so. */
function deny(passage: Passage, by: Contributor, code: ErrorCode, message: string): void {
  passage.findings.push({ by, verdict: 'deny', code, message });
  if (passage.decision === undefined || passage.intended) return;
  passage.decision = { ...passage.decision, verdict: 'deny', findings: passage.findings };
}

function outcome(kind: OutcomeKind, { code, message, retryAfterSeconds }: ReeveError): Outcome {
  return { kind, code, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}
