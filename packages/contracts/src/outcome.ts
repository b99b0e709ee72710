import type { ErrorCode } from './errors.ts';
import type { ApprovalId } from './ids.ts';

/** Every way an action can end. Permanent: stored in the ledger, used as a metric label. */
export const OUTCOMES = {
  succeeded: 'the upstream answered and the answer was delivered',
  unknown_caller: 'nobody registered acts under this credential',
  suspended: 'the agent, run, tool or credential is stopped',
  over_limit: 'a call cap, rate or wall-clock limit is used up',
  over_budget: 'a reservation was refused',
  invalid: 'the request is malformed or does not fit its schema',
  blocked: 'a guardrail refused the input',
  simulated: 'decided only, as the caller asked: nothing was executed',
  denied: 'policy, risk or flow said no',
  held: 'waits for a person',
  failed_closed: 'the decision could not be made or recorded',
  upstream_failed: 'the upstream answered with an error or broke off',
  timed_out: 'the upstream did not answer in time',
  withheld: 'a guardrail refused the answer',
  stopped: 'stopped by a person while under way',
  aborted: 'the caller went away',
  interrupted: 'the process died, or the agent never reported, so the outcome is unknown',
} as const satisfies Record<string, string>;

export type OutcomeKind = keyof typeof OUTCOMES;

export interface Outcome {
  readonly kind: OutcomeKind;
  /** Absent exactly when `kind` is `succeeded` or `simulated`. */
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** The approval that a `held` action waits for. */
  readonly approval?: ApprovalId;
}
