import type { ErrorCode } from './errors.ts';

/** From weakest to strictest: the strictest finding decides. */
export const VERDICTS = ['allow', 'modify', 'hold', 'deny'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const CONTRIBUTORS = [
  'identity',
  'stop',
  'tags',
  'limits',
  'budget',
  'schema',
  'guardrail',
  'policy',
  'risk',
  'flow',
  'approval',
  'ledger',
] as const;
export type Contributor = (typeof CONTRIBUTORS)[number];

/** One contributor's statement about an action. */
export interface Finding {
  readonly by: Contributor;
  readonly verdict: Verdict;
  /** What a caller is told when this finding decides; absent on `allow` and `modify`. */
  readonly code?: ErrorCode;
  /** A sentence for the caller: what, and what would make it pass. Never a secret, another tenant's data or a rule's internals. */
  readonly message: string;
  /** The policy, rule or check that spoke. For operators and the ledger, not for the caller. */
  readonly rule?: string;
  /** Seconds after which trying again may help; only with `rate_limited`. */
  readonly retryAfterSeconds?: number;
}

export interface Decision {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Version of the fleet under which this was decided. */
  readonly fleetVersion: string;
}
